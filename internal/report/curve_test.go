package report

import (
	"testing"

	"github.com/HdrHistogram/hdrhistogram-go"
)

func TestCurve(t *testing.T) {
	if c := Curve(nil); c != nil {
		t.Errorf("of nothing: %v", c)
	}
	for _, n := range []int64{1, 2, 9, 10, 11, 100, 12345, 1_000_000} {
		h := hdrhistogram.New(1, 1e10, 3)
		if c := Curve(h); c != nil {
			t.Errorf("of an empty histogram: %v", c)
		}
		for v := int64(1); v <= n; v++ {
			if err := h.RecordValue(v); err != nil {
				t.Fatal(err)
			}
		}
		c := Curve(h)
		if first, last := c[0], c[len(c)-1]; first != (CurvePoint{0, h.Min()}) || last != (CurvePoint{100, h.Max()}) {
			t.Errorf("%d values: from %v to %v, want %d to %d", n, first, last, h.Min(), h.Max())
		}
		if len(c) > 64 {
			t.Errorf("%d values: %d points", n, len(c))
		}
		for i, p := range c[1:] {
			if p.Percentile <= c[i].Percentile || p.Ns < c[i].Ns {
				t.Errorf("%d values: %v follows %v", n, p, c[i])
			}
			// The values are 1 to n: the value at p % is p % of n, within the histogram's three digits.
			if want := p.Percentile / 100 * float64(n); float64(p.Ns) < want*0.999-1 || float64(p.Ns) > want*1.001+1 {
				t.Errorf("%d values: %d at %g %%, want %g", n, p.Ns, p.Percentile, want)
			}
		}
	}
	// What one in ten is above cannot be told from nine values, and can from ten.
	for n, want := range map[int64]bool{9: false, 10: true} {
		h := hdrhistogram.New(1, 100, 3)
		for v := int64(1); v <= n; v++ {
			_ = h.RecordValue(v)
		}
		got := false
		for _, p := range Curve(h) {
			got = got || p.Percentile == 90
		}
		if got != want {
			t.Errorf("of %d values: p90 %v, want %v", n, got, want)
		}
	}
}
