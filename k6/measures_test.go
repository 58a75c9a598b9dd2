package k6

import (
	"slices"
	"testing"

	"github.com/loadframe/loadframe/internal/report"
)

// What is told of a burst's latencies is what a summary of them tells.
func TestLatencyIsThatOfTheSummary(t *testing.T) {
	h := report.NewHistogram()
	if latency(nil) != nil || latency(h) != nil {
		t.Error("a latency that nobody measured")
	}
	for v := int64(1); v <= 1000; v++ {
		if err := h.RecordValue(v * 1009); err != nil {
			t.Fatal(err)
		}
	}
	if q := report.Summarize(h); !slices.Equal(latency(h), []int64{q.P50, q.P99, q.Max}) {
		t.Errorf("%v of %+v", latency(h), q)
	}
}
