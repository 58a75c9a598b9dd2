package page

import (
	"math"
	"testing"
)

func TestScale(t *testing.T) {
	for _, c := range []struct {
		name   string
		axis   axis
		values []float64
		ticks  string
	}{
		{"rates", countPerS, []float64{120e3, 410e3}, "0 100 k/s 200 k/s 300 k/s 400 k/s 500 k/s "},
		{"one value", goodput, []float64{5e9}, "0 1 GB/s 2 GB/s 3 GB/s 4 GB/s 5 GB/s "},
		{"zero alone", countPerS, []float64{0}, "0 1/s "},
		{"tight", axis{tight: true, format: secondsAxis.format}, []float64{0.25, 9.75}, "0 2 4 6 8 "},
		{"below zero", countPerS, []float64{-3, 3}, "-3/s -2/s -1/s 0 1/s 2/s 3/s "},
		{"decades", axis{log: true, format: duration}, []float64{12e3, 7e6}, "10 µs 100 µs 1 ms 10 ms "},
		{"within a decade", axis{log: true, format: duration}, []float64{120, 430}, "100 ns 200 ns 500 ns "},
		{"with nothing in it", axis{log: true, format: morePercent}, []float64{0, 3, 40}, "0 2 % 5 % 10 % 20 % 50 % "},
		{"many decades", axis{log: true, format: duration}, []float64{1, 1e12}, "1 ns 100 ns 10 µs 1 ms 100 ms 10 s 1000 s "},
	} {
		s := newScale(c.axis, c.values)
		got := ""
		for i, k := range s.ticks {
			got += k.text + " "
			if at := s.at(k.at); at < 0 || at > 1 || i > 0 && !(at > s.at(s.ticks[i-1].at)) {
				t.Errorf("%s: tick %s is at %g", c.name, k.text, at)
			}
		}
		if c.name != "within a decade" && got != c.ticks || c.name == "within a decade" && got != c.ticks {
			t.Errorf("%s: ticks %q, want %q", c.name, got, c.ticks)
		}
		for _, v := range c.values {
			if at := s.at(v); !(at >= 0 && at <= 1) {
				t.Errorf("%s: %g is at %g", c.name, v, at)
			}
		}
	}
}

// Between two places there is as much room as between their values, on either kind of axis.
func TestScaleIsTrue(t *testing.T) {
	linear := newScale(countPerS, []float64{0, 1000})
	if d := linear.at(600) - linear.at(400) - (linear.at(300) - linear.at(100)); math.Abs(d) > 1e-12 {
		t.Errorf("linear: off by %g", d)
	}
	log := newScale(axis{log: true, format: duration}, []float64{1, 1e6})
	if d := log.at(1e5) - log.at(1e4) - (log.at(100) - log.at(10)); math.Abs(d) > 1e-12 {
		t.Errorf("logarithmic: off by %g", d)
	}
}

func TestNines(t *testing.T) {
	for _, c := range []struct{ percentile, count, last, want float64 }{
		{0, 1000, 0, 0}, {90, 1000, 0, 1}, {99.9, 1e6, 2, 3}, {100, 1e6, 5.5, 6}, {100, 1e6, 6.2, 6.2}, {100, 0, 3, 3}, {-5, 0, 0, 0}, {700, 10, 0, 1},
	} {
		if got := ninesOf(c.percentile, c.count, c.last); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%g %% of %g: %g, want %g", c.percentile, c.count, got, c.want)
		}
	}
}
