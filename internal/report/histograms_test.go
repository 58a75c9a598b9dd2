package report

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// The lines of a log add up, bucket for bucket, to one histogram that was fed
// the same values; HdrHistogram's own reader reads them.
func TestHistogramLog(t *testing.T) {
	var b bytes.Buffer
	start := time.UnixMilli(1_790_000_000_123)
	l, err := NewHistogramLog(&b, start)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	hist := func() *hdrhistogram.Histogram { return hdrhistogram.New(1, int64(time.Hour), 3) }
	want := map[string]*hdrhistogram.Histogram{"": hist(), ServiceTag: hist()}
	for i := range 10 {
		response, service := hist(), hist()
		for range 1 + r.IntN(20_000) {
			v := int64(r.ExpFloat64() * 1e6)
			for h, ns := range map[*hdrhistogram.Histogram]int64{response: v + 1, service: v/2 + 1, want[""]: v + 1, want[ServiceTag]: v/2 + 1} {
				if err := h.RecordValue(ns); err != nil {
					t.Fatal(err)
				}
			}
		}
		at := start.Add(time.Duration(i) * time.Second)
		if err := l.Add(at, at.Add(time.Second), response, service); err != nil {
			t.Fatal(err)
		}
	}
	got := map[string]*hdrhistogram.Histogram{"": hist(), ServiceTag: hist()}
	reader := hdrhistogram.NewHistogramLogReader(&b)
	lines := 0
	for {
		h, err := reader.NextIntervalHistogram()
		if err != nil {
			t.Fatal(err)
		}
		if h == nil {
			break
		}
		if got[h.Tag()] == nil {
			t.Fatalf("tag %q", h.Tag())
		}
		if at := start.Add(time.Duration(lines/2) * time.Second).UnixMilli(); h.StartTimeMs() != at || h.EndTimeMs() != at+1000 {
			t.Errorf("line %d: %d to %d, want from %d for 1000 ms", lines, h.StartTimeMs(), h.EndTimeMs(), at)
		}
		if dropped := got[h.Tag()].Merge(h); dropped > 0 {
			t.Errorf("%d values dropped", dropped)
		}
		lines++
	}
	if lines != 20 {
		t.Errorf("%d lines, want 20", lines)
	}
	for tag := range want {
		if !got[tag].Equals(want[tag]) {
			t.Errorf("tag %q: %d values read, %d recorded, or in other buckets", tag, got[tag].TotalCount(), want[tag].TotalCount())
		}
	}
}

func TestWritePercentiles(t *testing.T) {
	h := hdrhistogram.New(1, int64(time.Hour), 3)
	for i := range int64(1000) {
		if err := h.RecordValue((i + 1) * 1e6); err != nil {
			t.Fatal(err)
		}
	}
	var b strings.Builder
	if err := WritePercentiles(&b, h); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Value", "Percentile", "TotalCount", "1/(1-Percentile)", "#[Mean", "#[Max"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	if err := WritePercentiles(brokenWriter{}, h); err == nil {
		t.Error("a broken pipe is no error")
	}
}
