package capacity

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// exactly is a server without noise that meets its goal up to a rate.
func exactly(c float64) func(Trial) []Verdict {
	return func(t Trial) []Verdict { return verdict(t.Rate <= c) }
}

func verdict(ok bool) []Verdict {
	if ok {
		return []Verdict{Met}
	}
	return []Verdict{Failed}
}

// Whatever the capacity, and however wrong the first guess is, the interval
// contains it and is as narrow as asked for, after few trials.
func TestIntervalContainsTheCapacity(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		c := math.Exp(rng.Float64()*16 + 0.1) // 1 to 10 million
		first := c * math.Exp(rng.Float64()*12-6)
		p := 0.002 + rng.Float64()*0.2
		s := search(t, Config{Goals: 1, First: first, Precision: p, Curve: -1}, exactly(c))
		b := s.Bounds(0)
		if b.Low == nil || b.High == nil || *b.Low > c || *b.High <= c || *b.High-*b.Low > p**b.High*1.001 || b.Limit != Enough {
			t.Fatalf("capacity %g, first %g, precision %g: %+v", c, first, p, b)
		}
		if s.trials > 10+16+4 {
			t.Errorf("capacity %g, first %g, precision %g: %d trials", c, first, p, s.trials)
		}
	}
}

// Low was confirmed by full trials, as many as asked for, and High refused by
// as many.
func TestBothEndsAreDecidedAtFullLength(t *testing.T) {
	at := map[float64]int{}
	s := search(t, Config{Goals: 1, First: 900, Confirm: 3}, func(tr Trial) []Verdict {
		if tr.Full {
			if at[tr.Rate]++; tr.Length != 10*time.Second {
				t.Errorf("a full trial of %v", tr.Length)
			}
		}
		return verdict(tr.Rate <= 1000)
	})
	if b := s.Bounds(0); at[*b.Low] != 3 || at[*b.High] != 3 {
		t.Errorf("%d full trials at Low, %d at High, expected 3", at[*b.Low], at[*b.High])
	}
}

// A queue that builds up slowly passes short trials and fails full ones: what
// is told is what full trials say, and the way down is short.
func TestShortTrialsAreTooEasy(t *testing.T) {
	s := search(t, Config{Goals: 1, First: 900, Curve: -1}, func(tr Trial) []Verdict {
		return verdict(tr.Rate <= 1000 || !tr.Full && tr.Rate <= 3000)
	})
	if b := s.Bounds(0); b.Low == nil || *b.Low > 1000 || *b.High <= 1000 || b.Limit != Enough || s.trials > 40 {
		t.Errorf("%+v after %d trials", b, s.trials)
	}
}

// One stall in a short trial far below the capacity hides nothing.
func TestOneStallIsOutvoted(t *testing.T) {
	for stall := range 12 {
		n := -1
		s := search(t, Config{Goals: 1, First: 4000, Curve: -1}, func(tr Trial) []Verdict {
			n++
			return verdict(n != stall && tr.Rate <= 1000)
		})
		if b := s.Bounds(0); b.Low == nil || *b.Low > 1000 || *b.High <= 1000 || b.Limit != Enough {
			t.Errorf("stall in trial %d: %+v", stall, b)
		}
	}
}

// Where a server fails at a rate and meets the goal again above it, the failure
// counts, and the rate above is named.
func TestNotMonotonic(t *testing.T) {
	s, err := New(Config{Goals: 1, First: 100, Confirm: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []struct {
		rate float64
		met  bool
	}{{400, true}, {200, false}, {100, true}, {800, false}} {
		s.Record(Trial{Rate: r.rate, Full: true}, verdict(r.met))
	}
	if b := s.Bounds(0); b.Low == nil || *b.Low != 100 || b.High == nil || *b.High != 200 || b.Again == nil || *b.Again != 400 {
		t.Errorf("%+v", b)
	}
	b := search(t, Config{Goals: 1, First: 2000, Curve: -1}, func(tr Trial) []Verdict {
		return verdict(tr.Rate <= 900 || tr.Rate > 1000 && tr.Rate < 1900)
	}).Bounds(0)
	if b.Low == nil || b.High == nil || *b.High-*b.Low > 0.0501**b.High || !(*b.Low <= 900 && *b.High > 900 || *b.Low < 1900 && *b.High >= 1900) {
		t.Errorf("%+v: not an edge", b)
	}
}

// A server that fails every other trial has no rate that is confirmed above
// where it does not, and the rates are named.
func TestFlapping(t *testing.T) {
	n := 0
	s := search(t, Config{Goals: 1, First: 4000, Curve: -1}, func(tr Trial) []Verdict {
		n++
		return verdict(tr.Rate <= 500 || tr.Rate <= 1000 && n%2 == 0)
	})
	b := s.Bounds(0)
	if b.Low == nil || *b.Low > 1000 || b.High == nil || *b.High <= 500 || b.Limit != Enough || len(b.Flapping) == 0 {
		t.Errorf("%+v", b)
	}
}

func TestRange(t *testing.T) {
	for _, c := range []struct {
		name      string
		capacity  float64
		low, high bool
	}{{"all", 1e9, true, false}, {"none", 0, false, true}} {
		s := search(t, Config{Goals: 1, First: 100, Least: 10, Most: 1000, Curve: -1}, exactly(c.capacity))
		b := s.Bounds(0)
		if (b.Low != nil) != c.low || (b.High != nil) != c.high || b.Limit != Range {
			t.Errorf("%s: %+v", c.name, b)
		}
		if c.low && *b.Low != 1000 || c.high && *b.High != 10 {
			t.Errorf("%s: %+v", c.name, b)
		}
	}
}

// A generator that was late for a while, below a rate that it made later, is no
// limit.
func TestLateForAWhile(t *testing.T) {
	s, err := New(Config{Goals: 1, First: 100, Confirm: 1, Curve: -1})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []struct {
		rate float64
		v    Verdict
	}{{100, Met}, {200, Void}, {200, Void}, {200, Void}, {300, Met}, {310, Failed}} {
		s.Record(Trial{Rate: r.rate, Full: true}, []Verdict{r.v})
	}
	if b := s.Bounds(0); b.Limit != Enough || *b.Low != 300 || *b.High != 310 {
		t.Errorf("%+v", b)
	}
}

// A generator that is late at every rate leaves nothing.
func TestNothingButVoid(t *testing.T) {
	s := search(t, Config{Goals: 1, First: 100}, func(Trial) []Verdict { return []Verdict{Void} })
	if b := s.Bounds(0); b.Low != nil || b.High != nil || b.Limit != Generator {
		t.Errorf("%+v", b)
	}
}

// What is known at any time is true, and says that it is not all.
func TestStoppedEarly(t *testing.T) {
	s, err := New(Config{Goals: 1, First: 3000, Curve: -1})
	if err != nil {
		t.Fatal(err)
	}
	for run := exactly(1000); ; {
		b := s.Bounds(0)
		if b.Low != nil && *b.Low > 1000 || b.High != nil && *b.High <= 1000 || b.Likely != nil && *b.Likely > 1000 {
			t.Errorf("after %d trials: %+v", s.trials, b)
		}
		trial, ok := s.Next()
		if ok != (b.Limit == Time) {
			t.Errorf("after %d trials: limit %q, more to come: %v", s.trials, b.Limit, ok)
		}
		if !ok {
			return
		}
		s.Record(trial, run(trial))
	}
}

// The curve has a point in each eighth of what is of interest.
func TestCurveHasNoGaps(t *testing.T) {
	s := search(t, Config{Goals: 1, First: 3000}, exactly(1000))
	below := 0.0
	for _, e := range s.rates {
		if e.rate > 1100 {
			break
		}
		if e.rate-below > 1100.0/8 {
			t.Errorf("no point between %g and %g", below, e.rate)
		}
		below = e.rate
	}
}

func TestConfigIsChecked(t *testing.T) {
	for name, c := range map[string]Config{
		"no goal": {First: 1}, "no first": {Goals: 1}, "range": {Goals: 1, First: 1, Least: 2, Most: 1},
		"precision": {Goals: 1, First: 1, Precision: 0.9}, "lengths": {Goals: 1, First: 1, Short: 2, Full: 1}, "confirm": {Goals: 1, First: 1, Confirm: -1},
		"infinite": {Goals: 1, First: math.Inf(1)}, "nan": {Goals: 1, First: math.NaN()},
	} {
		if _, err := New(c); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// Of M/D/1 power is greatest at 2-sqrt(2) of the service rate; of D/D/1 at all of it.
func TestKnee(t *testing.T) {
	var random, even []Point
	for r := 0.02; r < 1; r += 0.02 {
		random = append(random, Point{r, 1 + r/(2*(1-r))})
		even = append(even, Point{r, 1})
	}
	even = append(even, Point{1.02, 100}, Point{1.5, 1e4})
	for _, c := range []struct {
		name   string
		points []Point
		want   float64
	}{{"M/D/1", random, 2 - math.Sqrt2}, {"M/D/1 with a stall", append(random, random[5], random[5], Point{0.6, 1e6}), 2 - math.Sqrt2}, {"D/D/1", even, 0.98}} {
		if got, ok := Knee(c.points); !ok || math.Abs(got-c.want) > 0.021 {
			t.Errorf("%s: %g %v, expected %g", c.name, got, ok, c.want)
		}
	}
	if got, ok := Knee(even[:40]); ok {
		t.Errorf("a knee at %g where latency does not rise", got)
	}
	if _, ok := Knee(even[48:]); ok {
		t.Error("a knee of three points")
	}
}
