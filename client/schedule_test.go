package client_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/loadframe/loadframe/client"
)

func schedule(t *testing.T, spec string) *client.Schedule {
	t.Helper()
	s, err := client.ParseSchedule(spec)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// dues returns the first n due times, or fewer if the schedule ends.
func dues(s *client.Schedule, seed uint64, n int64) (all []time.Duration) {
	c := s.Cursor(seed)
	for k := range n {
		d, ok := c.Due(k)
		if !ok {
			return all
		}
		all = append(all, d)
	}
	return all
}

func TestConstantHasNoDrift(t *testing.T) {
	for spec, want := range map[string]time.Duration{
		"1000":              1_000_000 * time.Second,
		"constant:3":        333_333_333_333_333_333,
		"10M":               100 * time.Second,
		"burst:10@1000":     1_000_000 * time.Second,
		"ramp:1000@2000000": 1_000_000 * time.Second,
	} {
		got, ok := schedule(t, spec).Cursor(0).Due(1_000_000_000)
		// A float64 has 53 bits: beyond 52 days the step is more than 1 ns.
		if diff := got - want; !ok || diff.Abs() > max(1, want>>52) {
			t.Errorf("%s: message 10^9 is due at %d ns, want %d", spec, got, want)
		}
	}
}

func TestBurst(t *testing.T) {
	got := dues(schedule(t, "burst:3@1500"), 0, 7)
	want := []time.Duration{0, 0, 0, 2e6, 2e6, 2e6, 4e6}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// A ramp sends as many messages as its area, and each second as many as the
// rate of that second.
func TestRampIntegrates(t *testing.T) {
	s := schedule(t, "ramp:0..1000@10s,1000@5s,1000..200@4,0@1,200@1s")
	all := dues(s, 0, 1e6)
	if want := 5000 + 5000 + 2400 + 200; len(all) != want {
		t.Errorf("%d messages, want %d", len(all), want)
	}
	if s.Length() != 21*time.Second || math.Abs(s.Rate()-12600.0/21) > 1e-9 {
		t.Errorf("length %v, mean rate %v", s.Length(), s.Rate())
	}
	if !slices.IsSorted(all) {
		t.Error("due times go back")
	}
	perSecond := make([]int, 21)
	for _, d := range all {
		perSecond[d/time.Second]++
	}
	for i, want := range []float64{50, 150, 250, 350, 450, 550, 650, 750, 850, 950, 1000, 1000, 1000, 1000, 1000, 900, 700, 500, 300, 0, 200} {
		if math.Abs(float64(perSecond[i])-want) > 1 {
			t.Errorf("second %d: %d messages, want %v", i, perSecond[i], want)
		}
	}
}

// kolmogorov returns the greatest distance between the distribution of gaps
// and the exponential one of that rate, times the root of their number: 1.63
// is exceeded by one true sample in a hundred, 1.95 by one in a thousand.
func kolmogorov(gaps []float64, rate float64) float64 {
	slices.Sort(gaps)
	n := float64(len(gaps))
	worst := 0.0
	for i, g := range gaps {
		f := 1 - math.Exp(-rate*g)
		worst = max(worst, f-float64(i)/n, float64(i+1)/n-f)
	}
	return worst * math.Sqrt(n)
}

func gaps(all []time.Duration) (s []float64) {
	last := time.Duration(0)
	for _, d := range all {
		s = append(s, (d - last).Seconds())
		last = d
	}
	return s
}

func TestPoissonIsExponential(t *testing.T) {
	for _, rate := range []float64{1000, 10_000, 100_000} {
		s := schedule(t, map[float64]string{1000: "poisson:1k", 10_000: "poisson:10k", 100_000: "poisson:100k"}[rate])
		for seed := range uint64(4) {
			all := dues(s, seed, 200_000)
			if !slices.IsSorted(all) {
				t.Fatal("due times go back")
			}
			g := gaps(all)
			if d := kolmogorov(slices.Clone(g), rate); d > 1.95 {
				t.Errorf("rate %v, seed %d: Kolmogorov-Smirnov %.2f, limit 1.95", rate, seed, d)
			}
			if got := 200_000 / all[len(all)-1].Seconds(); math.Abs(got/rate-1) > 4/math.Sqrt(200_000) {
				t.Errorf("rate %v, seed %d: %v messages/s", rate, seed, got)
			}
			// Waits do not depend on those before them.
			sum := 0.0
			for i := range g[1:] {
				sum += (g[i]*rate - 1) * (g[i+1]*rate - 1)
			}
			if c := sum / math.Sqrt(200_000); math.Abs(c) > 4 {
				t.Errorf("rate %v, seed %d: correlation %.1f standard deviations", rate, seed, c)
			}
		}
	}
	if d := kolmogorov(gaps(dues(schedule(t, "1000"), 0, 1000)), 1000); d < 5 {
		t.Errorf("constant passes for Poisson: %v", d)
	}
}

// The connections of a run take the schedule whole, whatever their number, and
// in whatever order its times are asked for.
func TestConnectionsTogetherAreTheSchedule(t *testing.T) {
	const n = 20_000
	for _, spec := range []string{"1000", "poisson:1000", "burst:7@1000", "ramp:0..1000@5s,1000@30s", "poisson:10..1000@60"} {
		s := schedule(t, spec)
		want := dues(s, 9, n)
		for _, conns := range []int64{1, 3, 50, 1000} {
			var got []time.Duration
			for i := range conns {
				c := s.Cursor(9)
				for k := i; k < int64(len(want)); k += conns {
					d, _ := c.Due(k)
					got = append(got, d)
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%s: %d connections together are another schedule", spec, conns)
			}
		}
	}
	a, b := dues(schedule(t, "poisson:1000"), 1, 100), dues(schedule(t, "poisson:1000"), 2, 100)
	if slices.Equal(a, b) {
		t.Error("the seed makes no difference")
	}
}

func TestParseSchedule(t *testing.T) {
	for spec, want := range map[string]string{
		"":                   "want 0 to",
		"0":                  "more than 0",
		"-5":                 "want 0 to",
		"x":                  "count",
		"2G":                 "1,000,000,000",
		"poisson":            "which rate",
		"burst:5":            "burst:N@RATE",
		"burst:0@5":          "burst of 0",
		"burst:2M@5":         "burst of 2000000",
		"ramp:5":             "ramp:A..B@TIME",
		"1..5":               "how long",
		"5,6":                "how long",
		"5@1s,6":             "how long",
		"5@1us":              "1 ms",
		"0@5s":               "more than 0",
		"5@x":                "duration",
		"gauss:5":            "constant, poisson, burst or ramp",
		"nan":                "want 0 to",
		"5@200y":             "duration",
		"1@9e9,1@9000000000": "duration",
	} {
		if _, err := client.ParseSchedule(spec); err == nil || spec != "" && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want one with %q", spec, err, want)
		}
	}
	if s := schedule(t, "0.5"); s.Rate() != 0.5 || s.Length() != 0 {
		t.Errorf("0.5: rate %v, length %v", s.Rate(), s.Length())
	}
}
