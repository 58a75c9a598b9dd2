package report

import (
	"time"
)

// ComparisonSchema names the version of the document of a [Comparison]. It changes when a key changes its meaning or goes away, not
// when one is added.
const ComparisonSchema = "loadframe.comparison/1"

// Comparison is several framings under the same schedule and the same abuse, as measured up to the end or up to the failure. Fields
// stand in the order of the document's keys.
type Comparison struct {
	Schema     string       `json:"schema"`               // loadframe.comparison/1
	Tool       Tool         `json:"tool"`                 // which build measured
	Command    []string     `json:"command"`              // the arguments as typed, program name first
	Host       Host         `json:"host"`                 // the machine that measured
	Start      time.Time    `json:"start"`                // RFC 3339 with nanoseconds
	DurationS  float64      `json:"duration_s"`           // of everything
	Experiment Experiment   `json:"experiment"`           // what was asked for, with the defaults filled in
	Contenders []Contender  `json:"contenders"`           // in the order of every table
	Points     []Point      `json:"points,omitempty"`     // where the contenders met; the base point comes first
	Cells      []Cell       `json:"cells,omitempty"`      // point by point, each in the order of the contenders
	Costs      []CodecCost  `json:"costs,omitempty"`      // of the codecs alone, without a connection
	Overheads  []Overhead   `json:"overheads,omitempty"`  // bytes on the wire, counted and not timed
	Damages    []Damage     `json:"damages,omitempty"`    // what becomes of damaged streams
	Verdicts   []Conclusion `json:"verdicts,omitempty"`   // which for what
	Health     *Health      `json:"health,omitempty"`     // whether the comparison can be believed
	Incomplete bool         `json:"incomplete,omitempty"` // ended early; what is there is whole rounds
	Error      string       `json:"error,omitempty"`      // why it failed; empty: it did not
}

// Experiment is what decides on the samples: two experiments alike, seed included, send the same bytes in the same order.
type Experiment struct {
	Seed    uint64   `json:"seed"`
	Rounds  int      `json:"rounds"`           // of all cells, one after the other: A B A B
	TrialS  float64  `json:"trial_s"`          // of one cell in one round
	OmitS   float64  `json:"omit_s,omitempty"` // warm-up of a trial that is not measured
	Trials  int      `json:"damage_trials"`    // damaged streams a cell of Damages
	Factors []string `json:"factors"`          // that were varied around the base point
	Addr    string   `json:"addr,omitempty"`   // of a server that was given; empty: embedded
	Apart   bool     `json:"apart,omitempty"`  // the embedded servers had processes of their own; else client and servers shared one
}

// Contender is one framing under one name. Two contenders may have the same framing: they should tie.
type Contender struct {
	Name    string `json:"name"`            // unique
	Framing string `json:"framing"`         // as codec.Parse takes it
	Floor   string `json:"floor,omitempty"` // what it is the floor of, "framing" or "loop"; empty: a framing to choose
}

// Point is one setting of all factors. Factor and Value say in what it differs from the base point; a named scenario differs in several.
type Point struct {
	Name        string `json:"name"`                // unique: "base", "size=16", "scenario=telemetry"
	Factor      string `json:"factor,omitempty"`    // "size", "payload", "segments", ..., "scenario"; empty: the base point
	Value       string `json:"value,omitempty"`     // of the factor, as typed
	Workload    string `json:"workload"`            // echo, ack, pull
	Sizes       string `json:"sizes"`               // payload bytes of a message: a number or a distribution
	Payload     string `json:"payload"`             // content
	Segments    string `json:"segments"`            // how writes are cut: whole, 1, 7, 536, 1448, random, head, delimiter
	Batch       int    `json:"batch"`               // messages a write
	Depth       int    `json:"depth"`               // requests in flight a connection
	Connections int    `json:"connections"`         // of the client
	Arrival     string `json:"arrival,omitempty"`   // schedule; empty: closed loop
	Reader      string `json:"reader,omitempty"`    // how slow readers read; empty: at once
	Path        string `json:"path,omitempty"`      // what impairs both directions, as loadframe proxy takes it; empty: no proxy
	Neighbour   string `json:"neighbour,omitempty"` // the hostile peer beside; empty: none
}

// Cell is one contender at one point. Either Refused says why it cannot be there, or Estimates say what it did.
type Cell struct {
	Point     string               `json:"point"`
	Contender string               `json:"contender"`
	Refused   string               `json:"refused,omitempty"`    // "cannot carry this payload" and alike, with the reason
	Estimates map[string]*Estimate `json:"estimates,omitempty"`  // by metric: messages_per_s, goodput_bytes_per_s, cpu_s_per_gib, ...
	Latency   *Latency             `json:"latency_ns,omitempty"` // of all rounds together
	Curve     []CurvePoint         `json:"curve,omitempty"`      // response latency, of all rounds together
	Intervals []Interval           `json:"intervals,omitempty"`  // the rounds one after the other, each whole
	Health    *Health              `json:"health,omitempty"`
}

// CurvePoint is one point of a latency percentile curve.
type CurvePoint struct {
	Percentile float64 `json:"percentile"` // 0 to 100
	Ns         int64   `json:"ns"`         // as many percent of the values are not above it
}

// Estimate is a metric over the rounds: the samples in the order of the rounds, their median, and an interval for the true median. What
// is counted and not timed has one sample, and Low = Median = High.
type Estimate struct {
	Spread
	Samples []float64 `json:"samples"`
}

// CodecCost is what a codec takes from the processor for one frame, alone in memory.
type CodecCost struct {
	Contender    string    `json:"contender"`
	Sizes        string    `json:"sizes"`
	Payload      string    `json:"payload"`
	Segments     string    `json:"segments"` // how the wire is cut before it is decoded
	Refused      string    `json:"refused,omitempty"`
	Encode       *Estimate `json:"encode_ns,omitempty"`     // a frame
	Decode       *Estimate `json:"decode_ns,omitempty"`     // a frame
	EncodeAllocs *float64  `json:"encode_allocs,omitempty"` // a frame
	DecodeAllocs *float64  `json:"decode_allocs,omitempty"` // a frame
	Scanned      *float64  `json:"scanned,omitempty"`       // bytes looked at, a byte received
	Copied       *float64  `json:"copied,omitempty"`        // bytes copied, a byte received
}

// Overhead is wire bytes over payload bytes for payloads of one size and kind. All of it is counted; nothing is timed.
type Overhead struct {
	Contender string  `json:"contender"`
	Size      int64   `json:"size"`    // payload bytes of a message
	Payload   string  `json:"payload"` // content
	Refused   string  `json:"refused,omitempty"`
	Mean      float64 `json:"mean"`  // wire bytes a payload byte; of an empty payload, wire bytes a message
	Worst     float64 `json:"worst"` // of any message that was tried
	Bound     float64 `json:"bound"` // that the framing's specification allows
	Exact     string  `json:"exact"` // the mean that theory gives for these payloads: "=1.0625"; empty: only a bound is known

	Messages    int    `json:"messages,omitempty"`     // that were tried
	WireBytes   int64  `json:"wire_bytes,omitempty"`   // of all of them, counted
	TheoryBytes *int64 `json:"theory_bytes,omitempty"` // of all of them, computed without the codec
}

// Damage is what became of streams in which one thing was damaged. Probabilities carry the interval that the number of trials allows
// (Wilson, 95 %).
type Damage struct {
	Contender     string       `json:"contender"`
	Kind          string       `json:"kind"`  // flip, drop, insert, truncate, duplicate
	Place         string       `json:"place"` // any, head, payload, delimiter; of truncate also boundary: between two frames
	Trials        int          `json:"trials"`
	Refused       string       `json:"refused,omitempty"`         // the framing has no such place
	Detected      *Probability `json:"detected,omitempty"`        // an error was raised
	Silent        *Probability `json:"silent,omitempty"`          // a frame was delivered that was not sent
	Lost          *Mean        `json:"lost_frames,omitempty"`     // of the frames that were sent
	Distance      *Mean        `json:"detection_bytes,omitempty"` // from the damage to the byte that gave it away, where it was detected
	ResyncBytes   *Mean        `json:"resync_bytes,omitempty"`    // from the damage to the first frame that is right again; absent: never
	ResyncFrames  *Mean        `json:"resync_frames,omitempty"`
	NeverResynced *Probability `json:"never_resynced,omitempty"`
}

// Probability is an estimate with its interval, 0 to 1.
type Probability struct {
	P    float64 `json:"p"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Mean is a mean with the interval that its standard error gives (95 %), and how many trials it is of.
type Mean struct {
	Mean  float64 `json:"mean"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
	Count int     `json:"count"`
}

// Conclusion answers one question: which contenders are best, and which cannot be told from them.
type Conclusion struct {
	Question string   `json:"question"` // "most messages a second, 64 B, depth 32"
	Metric   string   `json:"metric"`
	Point    string   `json:"point,omitempty"`
	Best     []string `json:"best"`             // contenders that tie within noise, best median first
	Text     string   `json:"text"`             // one plain sentence, with intervals
	Behind   []Gap    `json:"behind,omitempty"` // the others, nearest first
}

// Gap is by how much a contender is behind the best one: the median of the ratios of paired rounds, above 1 is worse. What was counted
// has the ratio itself, and no probability.
type Gap struct {
	Contender string  `json:"contender"`
	Ratio     float64 `json:"ratio"`
	Low       float64 `json:"low"`
	High      float64 `json:"high"`
	P         float64 `json:"p"` // probability that chance makes such a difference of none worth telling, adjusted for all that are told
}
