package report

import (
	"fmt"
	"math/big"
	"time"
)

// Instance says which part of which run a result is of.
type Instance struct {
	Run        string      `json:"run"`                  // the same in all instances of a run
	ID         string      `json:"id"`                   // of this one; the server counts its sessions by it
	Segment    Segment     `json:"segment"`              // the part that it ran
	Host       string      `json:"host,omitempty"`       // name of the machine
	Histograms string      `json:"histograms,omitempty"` // file beside this one, an HdrHistogram log
	StartAt    *time.Time  `json:"start_at,omitempty"`   // when the load was to begin
	LateNs     *int64      `json:"late_ns,omitempty"`    // by how much it began later
	Clock      *Clock      `json:"clock,omitempty"`      // of the server, before the load
	ClockEnd   *Clock      `json:"clock_end,omitempty"`  // of the server, after it
	Plan       *Arrivals   `json:"plan,omitempty"`       // of an open loop
	Server     *ServerView `json:"server,omitempty"`     // what the server has counted of this instance
}

// Segment is a part of a run, from Start to End of 1.
type Segment struct {
	Index int    `json:"index"` // from 0
	Count int    `json:"count"` // of equal parts; 0: they are not equal
	Start string `json:"start"` // a fraction such as 1/3
	End   string `json:"end"`   // a fraction such as 2/3
}

// String returns INDEX/COUNT counted from 1, as it is typed.
func (s Segment) String() string {
	if s.Count > 0 {
		return fmt.Sprintf("%d/%d", s.Index+1, s.Count)
	}
	return s.Start + ":" + s.End
}

// span returns the ends.
func (s Segment) span() (from, to *big.Rat, err error) {
	for _, end := range []struct {
		text string
		to   **big.Rat
	}{{s.Start, &from}, {s.End, &to}} {
		r, ok := new(big.Rat), len(end.text) <= 64
		for _, c := range end.text { // no exponents: they could ask for a number of a million digits
			ok = ok && (c >= '0' && c <= '9' || c == '/' || c == '.')
		}
		if ok {
			r, ok = r.SetString(end.text)
		}
		if !ok || r.Sign() < 0 || r.Cmp(one) > 0 {
			return nil, nil, fmt.Errorf("segment from %.64q to %.64q: want fractions from 0 to 1", s.Start, s.End)
		}
		*end.to = r
	}
	if from.Cmp(to) >= 0 {
		return nil, nil, fmt.Errorf("segment from %s to %s is empty", s.Start, s.End)
	}
	return from, to, nil
}

// whole tells whether it is all of a run.
func (s Segment) whole() bool {
	from, to, err := s.span()
	return err == nil && from.Sign() == 0 && to.Cmp(one) == 0
}

var one = big.NewRat(1, 1)

// Arrivals are what an open loop has let go. Those of the segments of a run add up to those of the whole.
type Arrivals struct {
	Messages int64  `json:"messages"` // that became due
	Sum      string `json:"sum"`      // over the number and the due time of each, modulo 2^64, in hex
}

// ServerView is what the server has counted of sessions. Bytes are those on the wire, behind the preface.
type ServerView struct {
	Sessions   int64 `json:"sessions"`    // opened
	Open       int64 `json:"open"`        // still, after 2 s; 0: the counts are final
	BytesIn    int64 `json:"bytes_in"`    // that came to the server
	BytesOut   int64 `json:"bytes_out"`   // that left it
	PayloadIn  int64 `json:"payload_in"`  // in frames
	PayloadOut int64 `json:"payload_out"` // in frames
	FramesIn   int64 `json:"frames_in"`   // that came to the server
	FramesOut  int64 `json:"frames_out"`  // that left it
}

func (v *ServerView) plus(w *ServerView) *ServerView {
	if v == nil || w == nil {
		return nil
	}
	return &ServerView{v.Sessions + w.Sessions, v.Open + w.Open, v.BytesIn + w.BytesIn, v.BytesOut + w.BytesOut, v.PayloadIn + w.PayloadIn,
		v.PayloadOut + w.PayloadOut, v.FramesIn + w.FramesIn, v.FramesOut + w.FramesOut}
}
