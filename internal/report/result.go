package report

import (
	"time"
)

// Schema names the version of the document that [WriteJSON] writes. It changes when a key changes its meaning or goes away,
// not when one is added.
const Schema = "loadframe.result/1"

// Result is one run, as measured up to its end or up to its failure. The zero value is a valid result of a run that measured
// nothing. Fields stand in the order of the document's keys.
type Result struct {
	Schema     string      `json:"schema"`               // loadframe.result/1; a Result without it is written as such
	Tool       Tool        `json:"tool"`                 // which build measured
	Command    []string    `json:"command"`              // the arguments as typed, program name first
	Config     Config      `json:"config"`               // what was asked for, with the defaults filled in
	Host       Host        `json:"host"`                 // the machine that measured
	Start      time.Time   `json:"start"`                // RFC 3339 with nanoseconds
	DurationS  float64     `json:"duration_s"`           // measured, without the omitted warm-up
	Workload   string      `json:"workload"`             // what was run
	Framing    string      `json:"framing"`              // as the server was told
	Transport  string      `json:"transport"`            // tcp, udp or unix
	Totals     Totals      `json:"totals"`               // counts over the measured time
	Rates      Rates       `json:"rates"`                // means over the measured time
	Latency    *Latency    `json:"latency_ns,omitempty"` // of request-reply workloads
	Cost       *Cost       `json:"cost,omitempty"`       // what the run took
	TCPInfo    *TCPInfo    `json:"tcp_info,omitempty"`   // what the kernel saw of the path
	Intervals  []Interval  `json:"intervals,omitempty"`  // in their order
	Health     *Health     `json:"health,omitempty"`     // whether the run can be believed
	Thresholds []Threshold `json:"thresholds,omitempty"` // what was expected, and what came
	Repeat     *Repeat     `json:"repeat,omitempty"`     // of several runs together
	Error      string      `json:"error,omitempty"`      // why the run failed; empty: it did not
}

// Failed reports whether the run ended with an error. Thresholds that were missed do not make a run failed; see [Result.Missed].
func (r *Result) Failed() bool { return r.Error != "" }

// Missed returns the thresholds that did not hold.
func (r *Result) Missed() []Threshold {
	var missed []Threshold
	for _, t := range r.Thresholds {
		if !t.OK {
			missed = append(missed, t)
		}
	}
	return missed
}

// Totals counts over the whole measured time. Nil: not measured.
type Totals struct {
	Messages     *int64 `json:"messages,omitempty"`      // answered, or arrived
	PayloadBytes int64  `json:"payload_bytes"`           // that arrived; of ack and push, at the server
	WireBytes    *int64 `json:"wire_bytes,omitempty"`    // payload and framing
	Errors       int64  `json:"errors"`                  // connections that failed
	VerifyErrors *int64 `json:"verify_errors,omitempty"` // nil when nothing was verified
	Connections  int64  `json:"connections"`             // that were established
	Lost         *int64 `json:"lost,omitempty"`          // datagrams
	Reordered    *int64 `json:"reordered,omitempty"`     // datagrams
	Duplicated   *int64 `json:"duplicated,omitempty"`    // datagrams
	Unsent       *int64 `json:"unsent,omitempty"`        // of an open loop: due, but not sent when the time was over
}

// Rates returns the totals divided by the measured seconds: zero when no time passed, absent where the total is.
func (t Totals) Rates(seconds float64) Rates {
	r := Rates{GoodputBytesPerS: PerSecond(t.PayloadBytes, seconds)}
	if t.Messages != nil {
		r.MessagesPerS = new(PerSecond(*t.Messages, seconds))
	}
	if t.WireBytes != nil {
		r.WireBytesPerS = new(PerSecond(*t.WireBytes, seconds))
	}
	return r
}

// Rates are means over the measured time. Nil: not measured.
type Rates struct {
	MessagesPerS     *float64 `json:"messages_per_s,omitempty"`   // of totals.messages
	GoodputBytesPerS float64  `json:"goodput_bytes_per_s"`        // of totals.payload_bytes
	WireBytesPerS    *float64 `json:"wire_bytes_per_s,omitempty"` // of totals.wire_bytes
}

// Latency holds the two views of one set of operations, in nanoseconds. In a closed loop nothing is planned ahead, both views
// are the same, and Service is nil.
type Latency struct {
	Response *Quantiles `json:"response,omitempty"` // from the due time to the reply
	Service  *Quantiles `json:"service,omitempty"`  // from the actual send to the reply
}

// Cost is what the run took from the machines. Nil: not measured.
type Cost struct {
	ClientCPUS   *float64 `json:"client_cpu_s,omitempty"`  // user and system
	ServerCPUS   *float64 `json:"server_cpu_s,omitempty"`  // user and system
	ProcessCPUS  *float64 `json:"process_cpu_s,omitempty"` // of both together, when an embedded server shares the process
	ClientReads  *int64   `json:"client_reads,omitempty"`  // system calls
	ClientWrites *int64   `json:"client_writes,omitempty"` // system calls
	ServerReads  *int64   `json:"server_reads,omitempty"`  // system calls
	ServerWrites *int64   `json:"server_writes,omitempty"` // system calls
}

// CPU returns the CPU seconds of both ends and whether any is known. One end alone counts: the text says which.
func (c *Cost) CPU() (seconds float64, ok bool) {
	if c == nil {
		return 0, false
	}
	if c.ProcessCPUS != nil {
		return *c.ProcessCPUS, true
	}
	for _, s := range []*float64{c.ClientCPUS, c.ServerCPUS} {
		if s != nil {
			seconds, ok = seconds+*s, true
		}
	}
	return seconds, ok
}

// TCPInfo is the kernel's account of the client's connections at their end: counters are sums, the rest are means. Nil: the
// operating system does not tell.
type TCPInfo struct {
	Connections           int64  `json:"connections"`                         // that could be asked
	Congestion            string `json:"congestion,omitempty"`                // algorithm
	MSS                   *int64 `json:"mss,omitempty"`                       // bytes of a segment
	RTTNs                 *int64 `json:"rtt_ns,omitempty"`                    // smoothed round trip
	RTTVarNs              *int64 `json:"rttvar_ns,omitempty"`                 // its deviation
	MinRTTNs              *int64 `json:"min_rtt_ns,omitempty"`                // the least round trip
	SndCwnd               *int64 `json:"snd_cwnd,omitempty"`                  // segments
	Retransmits           *int64 `json:"retransmits,omitempty"`               // segments
	RetransmitBytes       *int64 `json:"retransmit_bytes,omitempty"`          // payload sent again
	DeliveryRateBytesPerS *int64 `json:"delivery_rate_bytes_per_s,omitempty"` // as the kernel estimates it
}

// Health says whether the run can be believed.
type Health struct {
	GeneratorLimited bool       `json:"generator_limited"`         // the machine that measured was the limit
	Reasons          []string   `json:"reasons,omitempty"`         // one line each, with the measured value
	ScheduleLag      *Quantiles `json:"schedule_lag_ns,omitempty"` // by how much the generator itself sent too late
}

// Threshold is one condition of the user and what the run gave. A nil Value: the run did not measure it, and OK is false.
type Threshold struct {
	Expr  string   `json:"expr"`            // as typed, without blanks
	Value *float64 `json:"value,omitempty"` // what the run gave, in ns, bytes/s or a number
	OK    bool     `json:"ok"`              // whether it held
}
