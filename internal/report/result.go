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
	Directions *Directions `json:"directions,omitempty"` // of duplex
	Latency    *Latency    `json:"latency_ns,omitempty"` // of request-reply workloads
	Cost       *Cost       `json:"cost,omitempty"`       // what the run took
	TCPInfo    *TCPInfo    `json:"tcp_info,omitempty"`   // what the kernel saw of the path
	Stream     *Packets    `json:"stream,omitempty"`     // of stream
	Path       *Path       `json:"path,omitempty"`       // of datagrams that nobody answers: pull, push and stream over UDP; of duplex both ways together, directions have them apart
	Clock      *Clock      `json:"clock,omitempty"`      // of stamp, and of the same over UDP
	Idle       *Idle       `json:"idle,omitempty"`       // of idle, if the server tells
	Intervals  []Interval  `json:"intervals,omitempty"`  // in their order
	Health     *Health     `json:"health,omitempty"`     // whether the run can be believed
	Thresholds []Threshold `json:"thresholds,omitempty"` // what was expected, and what came
	Repeat     *Repeat     `json:"repeat,omitempty"`     // of several runs together
	Instance   *Instance   `json:"instance,omitempty"`   // of one part of a run
	Merged     *Merged     `json:"merged,omitempty"`     // of the parts of a run together
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
	Sent         *int64 `json:"sent,omitempty"`          // datagrams, by their sender's account
	Lost         *int64 `json:"lost,omitempty"`          // datagrams; of an exchange those that were not answered
	Reordered    *int64 `json:"reordered,omitempty"`     // datagrams that came after a later one, for the first time
	Duplicated   *int64 `json:"duplicated,omitempty"`    // datagrams that came again
	Unsent       *int64 `json:"unsent,omitempty"`        // of an open loop: due, but not sent when the time was over
	Late         *int64 `json:"late,omitempty"`          // packets of a stream that came an interval or more after they were due; over UDP otherwise, replies that had been given up, and datagrams so late that they may be duplicates

	Faults map[string]int64 `json:"faults,omitempty"` // Errors by class: refused, reset, eof, timeout, protocol, verify, other
}

// Directions are the totals of a duplex run, apart.
type Directions struct {
	Down Direction `json:"down"` // from server to client
	Up   Direction `json:"up"`   // from client to server
}

// Direction is what went one way, counted where it arrived.
type Direction struct {
	PayloadBytes     int64   `json:"payload_bytes"`       // without framing
	WireBytes        int64   `json:"wire_bytes"`          // with it
	GoodputBytesPerS float64 `json:"goodput_bytes_per_s"` // payload_bytes over the measured time

	Sent       *int64 `json:"sent,omitempty"`       // of UDP, as in totals; so the next four
	Lost       *int64 `json:"lost,omitempty"`       // datagrams that have not arrived
	Reordered  *int64 `json:"reordered,omitempty"`  // datagrams that came after a later one, for the first time
	Duplicated *int64 `json:"duplicated,omitempty"` // datagrams that came again
	Late       *int64 `json:"late,omitempty"`       // datagrams so late that they may be duplicates
	Path       *Path  `json:"path,omitempty"`       // of UDP
}

// Packets says how evenly the packets of a stream came.
type Packets struct {
	IntervalNs    int64      `json:"interval_ns"`                 // asked for
	JitterNs      int64      `json:"jitter_ns"`                   // RFC 3550, section 6.4.1; mean of the connections
	IntervalError *Quantiles `json:"interval_error_ns,omitempty"` // how far intervals between arrivals were from what was asked for
}

// Path says how datagrams travelled, one way, with the difference of the clocks taken out as Clock estimates it.
type Path struct {
	DelayMinNs  int64 `json:"delay_min_ns"`  // as exact as Clock; so the next two
	DelayMeanNs int64 `json:"delay_mean_ns"` // of all that came
	DelayMaxNs  int64 `json:"delay_max_ns"`  // of all that came
	JitterNs    int64 `json:"jitter_ns"`     // RFC 3550, section 6.4.1; mean of the connections
}

// Clock is the estimate of by how much the server's clock is ahead. The truth is at most ErrorNs away.
type Clock struct {
	OffsetNs int64 `json:"offset_ns"` // positive: the server's clock is ahead
	ErrorNs  int64 `json:"error_ns"`  // half of the shortest round trip
	Samples  int64 `json:"samples"`   // round trips that the estimate was taken from
}

// Idle is what the connections that are held cost the server, by its own account. If the server runs in this process, the client's
// share is in it.
type Idle struct {
	Connections           int64 `json:"connections"`              // that were held
	HeapBytes             int64 `json:"heap_bytes"`               // more than before, not collected for it
	StackBytes            int64 `json:"stack_bytes"`              // more than before
	RSSBytes              int64 `json:"rss_bytes"`                // more than before, of the whole process
	BytesPerConnection    int64 `json:"bytes_per_connection"`     // heap and stack
	RSSBytesPerConnection int64 `json:"rss_bytes_per_connection"` // of rss_bytes
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
	Connect  *Quantiles `json:"connect,omitempty"`  // of churn: until the connection was there
	Up       *Quantiles `json:"up,omitempty"`       // of stamp: one-way delay to the server, as exact as Clock
	Down     *Quantiles `json:"down,omitempty"`     // of stamp: back
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

	ClientAllocs *int64 `json:"client_allocs,omitempty"` // objects; of both ends when they share a process
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

// ownCost returns the cost without what others have their part in: a server does its work for all segments of a run, and each of them asks for
// the whole of it.
func (r *Result) ownCost() *Cost {
	if r.Cost == nil || r.Instance == nil || r.Instance.Segment.whole() {
		return r.Cost
	}
	c := *r.Cost
	c.ServerCPUS, c.ServerReads, c.ServerWrites = nil, nil, nil
	return &c
}

// TCPInfo is the kernel's account of the client's connections at their end: counters are sums, the rest are means. Nil: the
// operating system does not tell.
type TCPInfo struct {
	Connections           int64  `json:"connections"`                         // that could be asked
	Congestion            string `json:"congestion,omitempty"`                // algorithm
	MSS                   *int64 `json:"mss,omitempty"`                       // bytes of a segment
	PMTU                  *int64 `json:"pmtu,omitempty"`                      // bytes of a packet that the path carries whole
	RTTNs                 *int64 `json:"rtt_ns,omitempty"`                    // smoothed round trip
	RTTVarNs              *int64 `json:"rttvar_ns,omitempty"`                 // its deviation
	MinRTTNs              *int64 `json:"min_rtt_ns,omitempty"`                // the least round trip
	SndCwnd               *int64 `json:"snd_cwnd,omitempty"`                  // segments
	Retransmits           *int64 `json:"retransmits,omitempty"`               // segments
	RetransmitBytes       *int64 `json:"retransmit_bytes,omitempty"`          // payload sent again
	DeliveryRateBytesPerS *int64 `json:"delivery_rate_bytes_per_s,omitempty"` // as the kernel estimates it
	SentBytes             *int64 `json:"sent_bytes,omitempty"`                // payload of the segments, sent again ones included

	TransferTimeRatio *float64 `json:"transfer_time_ratio,omitempty"` // RFC 6349, 4.1.1: measured over ideal time, by the path's bandwidth in config
	Efficiency        *float64 `json:"efficiency,omitempty"`          // RFC 6349, 4.1.2: bytes sent but not again, of all; 0 to 1
	BufferDelay       *float64 `json:"buffer_delay,omitempty"`        // RFC 6349, 4.1.3: RTT over the least RTT, less 1

	SendBuffer    *int64 `json:"send_buffer,omitempty"`    // as the kernel has it
	ReceiveBuffer *int64 `json:"receive_buffer,omitempty"` // as the kernel has it
	ToS           *int64 `json:"tos,omitempty"`            // as the kernel has it
}

// TransferTimeRatio is that of RFC 6349, section 4.1.1: how much longer the run took than the path would have needed for the same bytes
// had it been full of the greatest segments all the time. The path's narrowest link carries pathBitsPerS of IP packets; each of the
// kernel's path MTU carries one MSS. Nil if one of them, the bytes or the time is not known.
func TransferTimeRatio(r *Result, pathBitsPerS int64) *float64 {
	i := r.TCPInfo
	if i == nil || i.MSS == nil || i.PMTU == nil || r.Totals.WireBytes == nil || pathBitsPerS <= 0 || r.DurationS <= 0 {
		return nil
	}
	mss, mtu, bytes := float64(*i.MSS), float64(*i.PMTU), float64(*r.Totals.WireBytes)
	if mss <= 0 || mtu < mss || bytes <= 0 {
		return nil
	}
	ideal := bytes / (float64(pathBitsPerS) / 8 * mss / mtu)
	return new(r.DurationS / ideal)
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
