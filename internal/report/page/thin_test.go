package page

import (
	"math"
	"strings"
	"testing"

	"github.com/loadframe/loadframe/internal/report"
)

// Of a long line the ends, the peak and the hole stay; what is drawn is part of what was there, in its order.
func TestThin(t *testing.T) {
	var all []point
	for i := range 10000 {
		all = append(all, point{x: float64(i), y: 100 + math.Sin(float64(i)/300)})
	}
	all[4321].y, all[7777].y = 1000, -500
	got := thin(all, 240)
	if len(got) != 240 || got[0] != all[0] || got[239] != all[9999] {
		t.Fatalf("%d points, from %v to %v", len(got), got[0], got[len(got)-1])
	}
	peak, hole := false, false
	for i, p := range got {
		peak, hole = peak || p == all[4321], hole || p == all[7777]
		if p != all[int(p.x)] || i > 0 && p.x <= got[i-1].x {
			t.Errorf("point %d is %v", i, p)
		}
	}
	if !peak || !hole {
		t.Errorf("peak %t, hole %t", peak, hole)
	}
	for _, n := range []int{0, 1, 2, 3, 4, 239, 240, 241} {
		if got := thin(all[:n], 240); len(got) != min(n, 240) {
			t.Errorf("of %d points %d are left", n, len(got))
		}
	}
}

// What is left out is told.
func TestThinnedIsTold(t *testing.T) {
	for n, want := range map[int]bool{240: false, 241: true} {
		c := overTime([]*run{{"a", sampleResult(1, "u32", n, 1e5)}}, "t", "l", countPerS, func(v *report.Interval) *float64 { return v.MessagesPerS })
		if got := strings.Contains(c.draw().Caption, "240 of 241 points are drawn"); got != want {
			t.Errorf("%d points: told %t, want %t", n, got, want)
		}
	}
}

// Texts keep their distance, stay in the plot while there is room, and in the order of their values.
func TestSpread(t *testing.T) {
	for _, at := range [][]float64{{100, 101, 102}, {250, 251, 252, 253}, {1, 2, 3}, {200, 20, 20, 20}} {
		values := make([]reading, len(at))
		spread(values, at, func(v float64) float64 { return v }, plotHeight)
		ys := make([]float64, len(at))
		for i, v := range values {
			ys[i] = number(t, v.TextY)
			if ys[i] < 0 || ys[i] > plotHeight {
				t.Errorf("%v: text %d stands at %g", at, i, ys[i])
			}
			for j := range i {
				if math.Abs(ys[i]-ys[j]) < labelRoom-0.1 || at[i] != at[j] && (at[i] < at[j]) != (ys[i] < ys[j]) {
					t.Errorf("%v: texts at %v", at, ys[:i+1])
				}
			}
		}
	}
}

// What is left of a run behind its last whole interval is no peak of its course.
func TestOverTimeHasNoFalsePeak(t *testing.T) {
	r := sampleResult(1, "u32", 8, 1e5)
	end := r.Intervals[7].EndS
	r.Intervals = append(r.Intervals, report.Interval{StartS: end, EndS: end + 0.003, Messages: new(int64(30000)), PayloadBytes: 64 * 30000, Latency: r.Intervals[7].Latency}.WithRates())
	repeated := &report.Result{Repeat: &report.Repeat{Runs: []*report.Result{r, r}}}
	for _, c := range []struct {
		of     *report.Result
		points int
	}{{r, 8}, {repeated, 16}} {
		all := []*run{{"a", c.of}}
		rates := overTime(all, "t", "l", countPerS, func(v *report.Interval) *float64 { return v.MessagesPerS }).series
		for _, line := range append(rates, intervalPercentiles(all).series...) {
			if len(line.points) != c.points {
				t.Errorf("%s: %d points, want %d", line.name, len(line.points), c.points)
			}
		}
	}
}
