package report

import (
	"bytes"
	"strings"
	"testing"
)

// What is left of a run behind its last whole interval has the rate of one read. No plot shows it, and all data has it.
func TestCourseHasNoFalsePeak(t *testing.T) {
	r := pull()
	r.Config.IntervalS, r.Intervals = 1, []Interval{Interval{EndS: 1, PayloadBytes: 9e9, Omitted: true}.WithRates()}
	for i := range 3 {
		r.Intervals = append(r.Intervals, Interval{StartS: float64(i + 1), EndS: float64(i + 2), PayloadBytes: 1e9}.WithRates())
	}
	for _, c := range []struct {
		last  float64
		drawn int
	}{{0.003, 3}, {0.099, 3}, {0.101, 4}, {1, 4}} {
		one := *r
		one.Intervals = append(r.Intervals[:4:4], Interval{StartS: 4, EndS: 4 + c.last, PayloadBytes: 30e6}.WithRates())
		if got := one.Course(); len(got) != c.drawn || got[0].StartS != 1 {
			t.Errorf("a last interval of %g s: %d are drawn, want %d", c.last, len(got), c.drawn)
		}
		var plot, table bytes.Buffer
		if err := WritePlot(&plot, &one, 80); err != nil {
			t.Fatal(err)
		}
		if peak := strings.Contains(plot.String(), "10.0 GB/s"); peak {
			t.Errorf("a last interval of %g s is a peak:\n%s", c.last, plot.String())
		}
		if err := WriteCSV(&table, []*Result{&one}); err != nil {
			t.Fatal(err)
		}
		if rows := strings.Count(table.String(), "interval,"); rows != 5 {
			t.Errorf("a last interval of %g s: %d rows", c.last, rows)
		}
	}
	// Of a document that does not say how long its intervals are, all are drawn.
	r.Config.IntervalS = 0
	if got := r.Course(); len(got) != 3 {
		t.Errorf("%d of 3 are drawn", len(got))
	}
}
