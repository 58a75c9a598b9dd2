package report

import (
	"testing"

	"github.com/HdrHistogram/hdrhistogram-go"
)

func TestSummarize(t *testing.T) {
	if q := Summarize(nil); q != nil {
		t.Errorf("no histogram gives %+v", q)
	}
	h := hdrhistogram.New(1, 60e9, 3)
	if q := Summarize(h); q != nil {
		t.Errorf("an empty histogram gives %+v: a latency that nobody measured", q)
	}
	for v := int64(1); v <= 1000; v++ {
		if err := h.RecordValue(v * 1000); err != nil {
			t.Fatal(err)
		}
	}
	q := Summarize(h)
	if q.Count != 1000 {
		t.Errorf("count %d, want 1000", q.Count)
	}
	for _, c := range []struct {
		name      string
		got, want int64
	}{{"min", q.Min, 1000}, {"mean", q.Mean, 500500}, {"p50", q.P50, 500e3}, {"p90", q.P90, 900e3}, {"p99", q.P99, 990e3},
		{"p999", q.P999, 999e3}, {"p9999", q.P9999, 1e6}, {"max", q.Max, 1e6}} {
		if d := c.got - c.want; d < -c.want/1000-1 || d > c.want/1000+1 {
			t.Errorf("%s = %d, want %d within 0.1 %%", c.name, c.got, c.want)
		}
	}
	if !(q.Min <= q.P50 && q.P50 <= q.P90 && q.P90 <= q.P99 && q.P99 <= q.P999 && q.P999 <= q.P9999 && q.P9999 <= q.Max) {
		t.Errorf("not in order: %+v", q)
	}
}

// The maximum of one sample is not below its own percentiles, whatever bucket edge each reports.
func TestSummarizeOneSample(t *testing.T) {
	h := hdrhistogram.New(1, 60e9, 2)
	if err := h.RecordValue(123456789); err != nil {
		t.Fatal(err)
	}
	if q := Summarize(h); q.P50 > q.Max || q.Min > q.P50 {
		t.Errorf("not in order: %+v", q)
	}
}

// Ends and percentiles are what the histogram itself says, wherever in it its values lie.
func TestSummarizeSaysWhatTheHistogramDoes(t *testing.T) {
	for _, values := range [][]int64{{1}, {1, 2, 3_600_000_000_000}, {2047, 2048, 2049, 4097}, {31_000, 30_500, 900_001, 900_001, 77}} {
		h := NewHistogram()
		for _, v := range values {
			if err := h.RecordValue(v); err != nil {
				t.Fatal(err)
			}
		}
		q := Summarize(h)
		for name, is := range map[string][2]int64{"min": {q.Min, h.Min()}, "p50": {q.P50, h.ValueAtPercentile(50)}, "p9999": {q.P9999, h.ValueAtPercentile(99.99)}, "max": {q.Max, h.Max()}} {
			if is[0] != is[1] {
				t.Errorf("%v: %s is %d, the histogram's %d", values, name, is[0], is[1])
			}
		}
	}
}
