package client

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// The greatest latency that is told apart, and the digits that are kept.
const (
	latencyMax    = int64(time.Hour)
	latencyDigits = 3
)

// recorder collects the latencies of one connection, which alone uses it.
//
// They wait in a small array and enter the histogram a few at a time: it is
// 180 KiB large, and with a thousand connections each single entry would miss
// the cache (measured: 4 % of the client's time).
type recorder struct {
	histogram *hdrhistogram.Histogram
	pending   [64]int64 // ns
	n         int
}

func newRecorder() *recorder {
	return &recorder{histogram: hdrhistogram.New(1, latencyMax, latencyDigits)}
}

func (r *recorder) record(ns int64) {
	r.pending[r.n] = ns
	if r.n++; r.n == len(r.pending) {
		r.flush()
	}
}

func (r *recorder) flush() {
	for _, ns := range r.pending[:r.n] {
		_ = r.histogram.RecordValue(min(max(ns, 1), latencyMax)) // no other error than out of range
	}
	r.n = 0
}
