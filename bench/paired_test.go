package bench

import (
	"math"
	"math/rand/v2"
	"testing"
)

func near(a, b, tolerance float64) bool { return math.Abs(a-b) <= tolerance }

// Exact probabilities of the signed-rank test: by hand, from the published table of critical values, and by trying all signs.
func TestSignedRanks(t *testing.T) {
	for _, c := range []struct {
		d    []float64
		want float64
	}{
		{[]float64{1, 2, 3, 4, 5}, 1. / 32},
		{[]float64{-1, 2, 3, 4, 5}, 2. / 32},
		{[]float64{-1, -2, -3, -4, -5}, 1},
		{[]float64{1, 2, 3, 4, 5, 6, 7, -8, 9, 10}, 25. / 1024}, // T = 8 of ten: the table's 0.025
		{[]float64{1, 2, 3, 4, 5, 6, 7, 8, -9, 10}, 33. / 1024}, // T = 9 is over it
		{[]float64{1, 1, 1}, 1. / 8},                            // ties share a rank
		{[]float64{-1, 1, 1}, 4. / 8},                           // any one of three, or none
		{[]float64{0, 1, 2}, 2. / 8},                            // a zero counts against
		{nil, 1},
	} {
		if got := signedRanks(c.d); !near(got, c.want, 1e-12) {
			t.Errorf("%v: %v, want %v", c.d, got, c.want)
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		d := make([]float64, 1+r.IntN(9))
		for i := range d {
			d[i] = float64(r.IntN(7) - 2)
		}
		if got, want := signedRanks(d), signedRanksByTrying(d); !near(got, want, 1e-12) {
			t.Fatalf("%v: %v, by trying all signs %v", d, got, want)
		}
	}
}

func signedRanksByTrying(d []float64) float64 {
	ranks := ranksOf(d)
	sum := 0.0
	for i, v := range d {
		if v > 0 {
			sum += ranks[i]
		}
	}
	hits := 0
	for set := range 1 << len(d) {
		s := 0.0
		for i := range d {
			if set>>i&1 == 1 {
				s += ranks[i]
			}
		}
		if s >= sum {
			hits++
		}
	}
	return float64(hits) / float64(int(1)<<len(d))
}

// The quantiles of Student's distribution that stand in every table.
func TestStudent(t *testing.T) {
	for _, c := range []struct {
		t       float64
		freedom int
		outside float64
	}{{12.706, 1, 0.05}, {4.303, 2, 0.05}, {3.182, 3, 0.05}, {2.571, 5, 0.05}, {2.228, 10, 0.05}, {4.587, 10, 0.001}, {1.960, 100_000, 0.05}, {2.045, 29, 0.05}, {0, 7, 1}} {
		if got := 1 - tInside(c.t, c.freedom); !near(got, c.outside, 0.02*c.outside) {
			t.Errorf("t = %v with %d degrees of freedom: %v outside, want %v", c.t, c.freedom, got, c.outside)
		}
	}
	// Of four values none is left out: t = 2*sqrt(12/2) with 3 degrees of freedom.
	if got := trimmedT([]float64{1, 2, 2, 3}); !near(got, 0.008138, 1e-5) {
		t.Errorf("%v", got)
	}
	// Of ten the outer four are: six with a mean of 3 are left, and t = 3*sqrt(30/8) with 5 degrees of freedom.
	if got := trimmedT([]float64{-90, 1, 2, 2, 3, 3, 4, 4, 5, 90}); !near(got, 0.001066, 1e-5) {
		t.Errorf("%v", got)
	}
	for _, c := range []struct {
		d    []float64
		want float64
	}{{[]float64{1, 1, 1}, 0}, {[]float64{-1, -1}, 1}, {[]float64{0, 0}, 0.5}, {[]float64{5}, 1}, {[]float64{-3, 3}, 0.5}} {
		if got := trimmedT(c.d); got != c.want {
			t.Errorf("%v: %v, want %v", c.d, got, c.want)
		}
	}
}

// One outlier in ten, however far out, is no reason not to see what the other nine show.
func TestTrimmed(t *testing.T) {
	d := []float64{0.09, 0.10, 0.11, 0.10, 0.09, 0.11, 0.10, 0.09, 0.11, -50}
	if p := trimmedT(d); p > 1e-4 {
		t.Errorf("%v", p)
	}
	if p := trimmedT([]float64{-0.1, 0.1, -0.1, 0.1, 50}); p < 0.05 {
		t.Errorf("an outlier makes a difference: %v", p)
	}
}

// Two that are alike are told apart no more often than the risk says, with any number of rounds, and also where noise has heavy tails or
// one side only.
func TestPairRisk(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for name, noise := range map[string]func() float64{
		"normal": r.NormFloat64, "Cauchy": func() float64 { return r.NormFloat64() / r.NormFloat64() }, "one side": func() float64 { return r.ExpFloat64() * r.ExpFloat64() },
	} {
		for _, rounds := range []int{3, 5, 6, 10, 20} {
			const comparisons = 1500
			wrong := 0
			for range comparisons {
				d := make([]float64, rounds)
				for i := range d {
					d[i] = noise() - noise()
				}
				for range 2 { // either may be the better
					if aboveByChance(d) < chance {
						wrong++
					}
					for i := range d {
						d[i] = -d[i]
					}
				}
			}
			if share := float64(wrong) / comparisons; share > 1.2*chance || rounds == 20 && share < 0.3*chance {
				t.Errorf("%s noise, %d rounds: %.3f of the comparisons found a difference, allowed is %v", name, rounds, share, chance)
			}
		}
	}
}

func TestHolm(t *testing.T) {
	got := holm([]float64{0.01, 0.04, 0.03, 0.005})
	for i, want := range []float64{0.03, 0.06, 0.06, 0.02} {
		if !near(got[i], want, 1e-12) {
			t.Errorf("%v", got)
		}
	}
}

// The interval of the ratio is that of the signed ranks: at ten rounds the ninth smallest and greatest of the 55 means, at five all.
func TestPair(t *testing.T) {
	a, b := make([]float64, 10), make([]float64, 10)
	var d []float64
	for i := range a {
		a[i] = 100 * math.Exp(float64(i)) // what hits a whole round cancels out
		d = append(d, 0.2+0.01*float64(i*i))
		b[i] = a[i] * math.Exp(d[i])
	}
	walsh := walshAverages(d)
	p := pair(a, b)
	if !near(math.Log(p.low), walsh[8], 1e-9) || !near(math.Log(p.high), walsh[46], 1e-9) || !near(math.Log(p.ratio), walsh[27], 1e-9) || p.rounds != 10 {
		t.Errorf("%+v", p)
	}
	if back := pair(b, a); !near(back.ratio*p.ratio, 1, 1e-9) || !near(back.low*p.high, 1, 1e-9) || back.p != p.p {
		t.Errorf("the other way round it is another comparison: %+v, %+v", p, back)
	}
	if p := pair(a[:5], b[:5]); !near(math.Log(p.low), d[0], 1e-9) || !near(math.Log(p.high), d[4], 1e-9) {
		t.Errorf("%+v", p)
	}
	// A difference that is certain, and not worth telling, is none.
	same, more := make([]float64, 10), make([]float64, 10)
	for i := range same {
		same[i], more[i] = 100, 102
	}
	if p := pair(same, more); p.p < 1 || !near(p.ratio, 1.02, 1e-9) {
		t.Errorf("2 %%: %+v", p)
	}
	for i := range more {
		more[i] = 104
	}
	if p := pair(same, more); p.p > chance/100 {
		t.Errorf("4 %% without noise: %+v", p)
	}
	for _, samples := range [][]float64{nil, {0, 0}, {1}} {
		if p := pair(samples, same); p.p != 1 {
			t.Errorf("%v: %+v", samples, p)
		}
	}
}

func TestProbability(t *testing.T) {
	for _, c := range []struct {
		hits, trials int
		low, high    float64
	}{{0, 10, 0, 0.2775}, {10, 10, 0.7225, 1}, {5, 10, 0.2366, 0.7634}, {0, 2000, 0, 0.001917}, {81, 263, 0.2553, 0.3662}} {
		p := probabilityOf(c.hits, c.trials)
		if !near(p.Low, c.low, 1e-4) || !near(p.High, c.high, 1e-4) || p.P != float64(c.hits)/float64(c.trials) {
			t.Errorf("%d of %d: %+v, want %v to %v", c.hits, c.trials, p, c.low, c.high)
		}
	}
	var m moments
	for _, v := range []float64{1, 2, 3, 4, 5} {
		m.add(v)
	}
	if mean := m.mean(); mean.Mean != 3 || mean.Count != 5 || !near(mean.High-3, 1.96*math.Sqrt(2.5/5), 1e-3) || !near(3-mean.Low, mean.High-3, 1e-12) {
		t.Errorf("%+v", mean)
	}
	few := moments{}
	few.add(103)
	few.add(1000)
	if mean := few.mean(); mean.Low != 0 || mean.Mean != 551.5 || !near(mean.High-551.5, 1.96*448.5, 0.1) || !near(errorOf(mean), 448.5, 1e-9) {
		t.Errorf("two values that differ much: %+v, of error %v", mean, errorOf(mean))
	}
	if probabilityOf(0, 0) != nil || (&moments{}).mean() != nil {
		t.Error("something of nothing")
	}
}
