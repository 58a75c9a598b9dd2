package report

import (
	"github.com/HdrHistogram/hdrhistogram-go"
)

// slot gathers what the instances did in one interval.
type slot struct {
	sum   Interval
	any   bool
	spans [][]byte // histograms of response times, encoded
}

func (s *slot) add(v Interval) {
	if !s.any {
		s.any, s.sum = true, v
		s.sum.Latency, s.sum.TCPInfo = nil, nil // means of means say little
		s.sum.JitterNs, s.sum.UpJitterNs, s.sum.DownJitterNs = nil, nil, nil
		return
	}
	t := &s.sum
	t.StartS, t.EndS = min(t.StartS, v.StartS), max(t.EndS, v.EndS)
	t.Messages, t.WireBytes, t.UpBytes = sum(t.Messages, v.Messages), sum(t.WireBytes, v.WireBytes), sum(t.UpBytes, v.UpBytes)
	t.Lost, t.UpLost = sum(t.Lost, v.Lost), sum(t.UpLost, v.UpLost)
	t.Reordered, t.UpReordered = sum(t.Reordered, v.Reordered), sum(t.UpReordered, v.UpReordered)
	t.Duplicated, t.UpDuplicated = sum(t.Duplicated, v.Duplicated), sum(t.UpDuplicated, v.UpDuplicated)
	t.Retransmits = sum(t.Retransmits, v.Retransmits)
	t.PayloadBytes += v.PayloadBytes
	t.Errors += v.Errors
	t.Omitted = t.Omitted && v.Omitted
}

// interval returns the sums, with the percentiles of what was answered meanwhile.
func (s *slot) interval() Interval {
	out := s.sum.WithRates()
	all := NewHistogram()
	for _, encoded := range s.spans {
		h, err := hdrhistogram.Decode(encoded)
		if err != nil || all.Merge(h) > 0 {
			return out // it was encoded here; and if not, no latency is better than a part of it
		}
	}
	if q := Summarize(all); q != nil {
		out.Latency = &Latency{Response: q}
	}
	return out
}
