package report

import (
	"time"
)

// CapacitySchema names the version of the document of a [Capacity].
const CapacitySchema = "loadframe.capacity/1"

// Capacity is the search for the highest load that meets some goals, as far as it came.
type Capacity struct {
	Schema     string    `json:"schema"`                               // loadframe.capacity/1
	Tool       Tool      `json:"tool"`                                 // which build measured
	Command    []string  `json:"command"`                              // the arguments as typed, program name first
	Config     Config    `json:"config"`                               // of the trials, without their rates; its duration is that of a full one
	Host       Host      `json:"host"`                                 // the machine that measured
	Start      time.Time `json:"start"`                                // RFC 3339 with nanoseconds
	DurationS  float64   `json:"duration_s"`                           // of all trials together
	Workload   string    `json:"workload"`                             // of a trial
	Framing    string    `json:"framing"`                              // as the server was told
	Transport  string    `json:"transport"`                            // tcp or unix
	Plan       Plan      `json:"search"`                               // how it was searched
	ClosedLoop *float64  `json:"closed_loop_messages_per_s,omitempty"` // that a closed loop reached, where the search began; absent: it did not get that far
	Goals      []Goal    `json:"goals"`                                // in the order of the command line
	Trials     []Trial   `json:"trials"`                               // in the order in which they were run
	Health     *Health   `json:"health,omitempty"`
	Error      string    `json:"error,omitempty"` // why it failed; empty: it did not
}

// Plan is how the search was to go about it.
type Plan struct {
	Precision float64 `json:"precision"`                       // of an interval: (high-low)/high
	ShortS    float64 `json:"short_s"`                         // of a trial that finds where to look
	FullS     float64 `json:"full_s"`                          // of a trial that decides
	Confirm   int     `json:"confirm"`                         // full trials that have to agree
	Arrival   string  `json:"arrival"`                         // constant, poisson or burst:N
	Least     float64 `json:"least_messages_per_s"`            // no trial is slower
	Most      float64 `json:"most_messages_per_s"`             // no trial is faster
	MaxTimeS  float64 `json:"max_time_s,omitempty"`            // of the search; 0: no limit
	Expected  float64 `json:"expect_messages_per_s,omitempty"` // that every goal has to be met at; 0: nothing was expected
}

// Goal is one set of conditions and the load that meets it: at least Low, which was confirmed at full length, and less than High, which was
// seen to fail. Limit says what ended the search instead where it did not come to that.
type Goal struct {
	Expr     string    `json:"expr"`               // conditions joined by commas
	Low      *float64  `json:"low,omitempty"`      // messages a second; absent: no load was confirmed
	High     *float64  `json:"high,omitempty"`     // messages a second; absent: no load that could be made fails it
	Limit    string    `json:"limit,omitempty"`    // "generator", "time", "range"; empty: the interval is as narrow as asked for
	Likely   *float64  `json:"likely,omitempty"`   // messages a second above Low that short trials met, and nothing confirmed
	Flapping []float64 `json:"flapping,omitempty"` // messages a second at which full trials came out both ways
	Again    *float64  `json:"again,omitempty"`    // messages a second above High at which it was met again: latency does not only grow with load
	Knee     *float64  `json:"knee,omitempty"`     // messages a second where latency begins to rise steeply, if it does
	Text     string    `json:"text"`               // one plain sentence
}

// Trial is one run at one rate.
type Trial struct {
	RateMessagesPerS float64     `json:"rate_messages_per_s"` // that was asked for
	MessagesPerS     float64     `json:"messages_per_s"`      // that were answered
	StartS           float64     `json:"start_s"`             // since the start of the search
	DurationS        float64     `json:"duration_s"`          // up to the last reply
	Full             bool        `json:"full"`                // at full length: it can confirm
	Latency          *Latency    `json:"latency_ns,omitempty"`
	Errors           int64       `json:"errors"`     // connections that failed
	Unsent           int64       `json:"unsent"`     // messages that were due, but not sent when the time was over
	Verdicts         []string    `json:"verdicts"`   // of each goal: met, failed, or generator, which is no evidence
	Conditions       []Threshold `json:"conditions"` // each condition of each goal once
	Health           *Health     `json:"health,omitempty"`
	Error            string      `json:"error,omitempty"` // why it failed, if connections did
}
