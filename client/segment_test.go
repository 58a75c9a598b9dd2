package client

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

func TestParseSegment(t *testing.T) {
	for text, want := range map[string]Segment{
		"":                 {},
		"1/1":              {0, 1},
		"1/3":              {0, 3},
		"3/3":              {2, 3},
		"0:1/3":            {0, 3},
		"1/3:2/3":          {1, 3},
		"2/3:1":            {2, 3},
		"2/6:4/6":          {1, 3},
		"0.25:0.5":         {1, 4},
		"0:1":              {0, 1},
		"1048576/1048576":  {1<<20 - 1, 1 << 20},
		"13/1048576:7/1e6": {-1, -1}, // refused
	} {
		got, err := ParseSegment(text)
		if want.Index < 0 {
			if err == nil {
				t.Errorf("%q is read as %v", text, got)
			}
			continue
		}
		if err != nil || got != want {
			t.Errorf("%q: %v, %v, want %v", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"0/3":                   "segments count from 1: want 1/3 to 3/3",
		"4/3":                   "segments count from 1",
		"1/0":                   "want 1 to 1048576 segments",
		"1/1048577":             "want 1 to 1048576 segments",
		"1":                     "want INDEX/COUNT",
		"1/3/4":                 "want INDEX/COUNT",
		"-1/3":                  "segments count from 1",
		"1/3:1/3":               "none of n equal parts",
		"2/3:1/3":               "none of n equal parts",
		"0:2/3":                 "none of n equal parts",
		"1/2:5/6":               "none of n equal parts",
		"1:2":                   "want a fraction from 0 to 1",
		"0:1e-999999999":        "want a fraction",
		"0:1/0":                 "want a fraction",
		"0:1/99999999999999999": "want a fraction",
		"0:1/99999999":          "none of n equal parts",
		":":                     "want a fraction",
	} {
		if _, err := ParseSegment(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q in it", text, err, want)
		}
	}
}

// The parts of a run are disjoint and add up to it, for any sizes.
func TestSegmentsAreDisjointAndWhole(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		n, total := 1+rng.IntN(40), rng.Int64N(5000)
		var sum int64
		owner := make([]int, total)
		for i := range n {
			s := Segment{i, n}
			again, err := ParseSegment(s.String())
			from, to := s.Span()
			spanned, serr := ParseSegment(from + ":" + to)
			if err != nil || serr != nil || again != s || spanned != s {
				t.Fatalf("%v comes back as %v, %v and %v, %v", s, again, err, spanned, serr)
			}
			share := s.Share(total)
			sum += share
			for j := range share {
				k := s.At(j)
				if k >= total || !s.Owns(k) || owner[k] != 0 {
					t.Fatalf("%v of %d: thing %d is at %d, owned by %d too", s, total, j, k, owner[k])
				}
				owner[k] = i + 1
			}
			if s.At(share) < total {
				t.Fatalf("%v of %d: share of %d leaves out %d", s, total, share, s.At(share))
			}
		}
		if sum != total {
			t.Fatalf("%d segments of %d have %d", n, total, sum)
		}
	}
}

// What segments plan, taken together, is what one machine plans: the same
// messages, due at the same times, on the same connections with the same seeds,
// however many there are of each.
func TestPlansOfSegmentsAreThePlanOfTheWhole(t *testing.T) {
	type at struct {
		conn int
		due  time.Duration
		seed uint64
	}
	for _, c := range []Config{
		{Conns: 7, Arrival: "poisson:100k", Messages: 5000, Seed: 3},
		{Conns: 20, Arrival: "burst:7@50k", Bytes: 64 * 1000},
		{Conns: 64, Arrival: "ramp:0..100k@20ms,100k@20ms", Seed: 9},
		{Conns: 8, Arrival: "12345", Duration: 100 * time.Millisecond},
	} {
		c.Workload = Echo
		gather := func(s Segment) (map[int64]at, int64) {
			c := c
			c.Segment = s
			c, _, err := c.Resolve()
			if err != nil {
				t.Fatal(err)
			}
			plan := map[int64]at{}
			var bounded int64
			for k, due := range c.plan() {
				j := c.placeOf(k)
				g := c.connection(j)
				plan[k] = at{g, due, c.seed(g)}
			}
			for j := range c.workers() {
				if n := c.messageBound(c.connection(j)); n != unbounded {
					bounded += n
				}
			}
			return plan, bounded
		}
		whole, bounded := gather(Segment{})
		if len(whole) < 1000 {
			t.Fatalf("%s plans %d messages", c.Arrival, len(whole))
		}
		for _, n := range []int{1, 2, 3, 7} {
			union, sum := map[int64]at{}, int64(0)
			for i := range n {
				part, b := gather(Segment{i, n})
				sum += b
				for k, v := range part {
					if _, twice := union[k]; twice {
						t.Fatalf("%s: message %d is of two of %d segments", c.Arrival, k, n)
					}
					union[k] = v
				}
			}
			if len(union) != len(whole) || sum != bounded {
				t.Fatalf("%s: %d segments plan %d of %d messages, bounds %d of %d", c.Arrival, n, len(union), len(whole), sum, bounded)
			}
			for k, v := range whole {
				if union[k] != v {
					t.Fatalf("%s in %d segments: message %d is %v, in one %v", c.Arrival, n, k, union[k], v)
				}
			}
		}
	}
}

// A run with fewer connections than segments is refused in all of them, or some
// would measure a run that nobody asked for.
func TestMoreSegmentsThanConnectionsAreRefused(t *testing.T) {
	for i := range 5 {
		_, _, err := Config{Workload: Echo, Conns: 4, Segment: Segment{i, 5}}.Resolve()
		if err == nil || !strings.Contains(err.Error(), "4 connections are too few for 5 segments") {
			t.Errorf("segment %d: %v", i, err)
		}
	}
	for _, s := range []Segment{{-1, 2}, {2, 2}, {0, -1}, {0, 1 << 21}} {
		if _, _, err := (Config{Workload: Echo, Conns: 4, Segment: s}).Resolve(); err == nil {
			t.Errorf("segment %+v is accepted", s)
		}
	}
}
