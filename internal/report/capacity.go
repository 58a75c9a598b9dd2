package report

import (
	"time"
)

// CapacitySchema names the version of the document of a [Capacity].
const CapacitySchema = "loadframe.capacity/1"

// Capacity is the search for the highest load that meets some goals, as far as it came.
type Capacity struct {
	Schema    string    `json:"schema"` // loadframe.capacity/1
	Tool      Tool      `json:"tool"`
	Command   []string  `json:"command"`
	Config    Config    `json:"config"` // of the trials, without their rates
	Host      Host      `json:"host"`
	Start     time.Time `json:"start"`
	DurationS float64   `json:"duration_s"` // of all trials together
	Workload  string    `json:"workload"`
	Framing   string    `json:"framing"`
	Transport string    `json:"transport"`
	Goals     []Goal    `json:"goals"`
	Trials    []Trial   `json:"trials"` // in the order in which they were run
	Health    *Health   `json:"health,omitempty"`
	Error     string    `json:"error,omitempty"`
}

// Goal is one set of conditions and the load that meets it: at least Low, which was confirmed at full length, and less than High, which was
// seen to fail. Limit says what ended the search instead where it did not come to that.
type Goal struct {
	Expr  string   `json:"expr"`            // conditions joined by commas
	Low   *float64 `json:"low,omitempty"`   // messages a second; absent: not even the least load meets it
	High  *float64 `json:"high,omitempty"`  // messages a second; absent: no load that could be made fails it
	Limit string   `json:"limit,omitempty"` // "generator", "time", "range"; empty: the interval is as narrow as asked for
	Knee  *float64 `json:"knee,omitempty"`  // messages a second where latency begins to rise steeply, if it does
	Text  string   `json:"text"`            // one plain sentence
}

// Trial is one run at one rate.
type Trial struct {
	RateMessagesPerS float64     `json:"rate_messages_per_s"` // that was asked for
	MessagesPerS     float64     `json:"messages_per_s"`      // that were answered
	StartS           float64     `json:"start_s"`             // since the start of the search
	DurationS        float64     `json:"duration_s"`
	Full             bool        `json:"full"` // at full length: it can confirm
	Latency          *Latency    `json:"latency_ns,omitempty"`
	Errors           int64       `json:"errors"`
	Unsent           int64       `json:"unsent"`
	Conditions       []Threshold `json:"conditions"` // each condition of each goal once
	Health           *Health     `json:"health,omitempty"`
}
