package report

import "time"

// Merged is what the instances of a run gave together: totals are sums, percentiles are those of all messages, rates are over the
// time in which any instance ran.
type Merged struct {
	Run       string      `json:"run"`                  // of all instances
	Segments  int         `json:"segments,omitempty"`   // of the run, if they are equal
	Covered   float64     `json:"covered"`              // part of the run that the instances ran; 1: all of it
	Missing   []string    `json:"missing,omitempty"`    // segments that are not there
	LeftOut   []string    `json:"left_out,omitempty"`   // results that do not fit, with the reason
	TogetherS float64     `json:"together_s"`           // seconds in which all instances ran at once
	Plan      *Arrivals   `json:"plan,omitempty"`       // of an open loop: of all instances
	PlanWhole *bool       `json:"plan_whole,omitempty"` // whether the plans add up to that of one machine; absent: not compared
	Server    *ServerView `json:"server,omitempty"`     // what the server has counted of all instances
	Instances []Member    `json:"instances"`            // in the order of their segments
}

// Member is one instance of a merged run.
type Member struct {
	ID           string    `json:"id"`                       // of the instance
	Segment      string    `json:"segment"`                  // as typed
	Host         string    `json:"host,omitempty"`           // name of the machine
	Start        time.Time `json:"start"`                    // by its own clock
	LateNs       *int64    `json:"late_ns,omitempty"`        // by how much it began after the time to start at
	DurationS    float64   `json:"duration_s"`               // measured
	Messages     *int64    `json:"messages,omitempty"`       // as in totals
	PayloadBytes int64     `json:"payload_bytes"`            // as in totals
	WireBytes    *int64    `json:"wire_bytes,omitempty"`     // as in totals
	P99Ns        *int64    `json:"p99_ns,omitempty"`         // of its own response times
	ClockNs      *int64    `json:"clock_ns,omitempty"`       // by how much its clock is ahead of the first instance's
	ClockErrorNs *int64    `json:"clock_error_ns,omitempty"` // the truth is at most so far from it
	DriftNs      *int64    `json:"drift_ns,omitempty"`       // by how much the estimate changed during the run
	Error        string    `json:"error,omitempty"`          // why it failed
}
