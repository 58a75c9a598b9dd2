package capacity

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// goal is a share of the messages that must be answered within a limit.
type goal struct {
	share  float64
	within float64 // service times
}

// queue is a server with one worker that takes a second for each message, and
// messages that arrive at random: M/D/1.
type queue struct {
	rng    *rand.Rand
	goals  []goal
	misled float64 // part of the trials that a stall of the machine fails
	lost   float64 // part of the trials that say nothing, for the generator was late
	limit  float64 // rate above which the generator is always late; 0: none
	spent  time.Duration
	trials int
	full   int
}

// run makes one trial: Lindley's recursion over seeded arrivals.
func (q *queue) run(t Trial) []Verdict {
	q.spent += t.Length
	if q.trials++; t.Full {
		q.full++
	}
	limits, late := [3]float64{math.Inf(1), math.Inf(1), math.Inf(1)}, [3]int{}
	for i, g := range q.goals {
		limits[i] = g.within - 1
	}
	n := 0
	var wait float64
	length := t.Length.Seconds()
	for at := q.rng.ExpFloat64() / t.Rate; at < length; n++ {
		for i := 0; i < len(limits) && wait >= limits[i]; i++ { // they ascend
			late[i]++
		}
		gap := q.rng.ExpFloat64() / t.Rate
		at += gap
		wait = max(0, wait+1-gap)
	}
	stalled := q.rng.Float64() < q.misled
	void := q.rng.Float64() < q.lost || q.limit > 0 && t.Rate > q.limit
	vs := make([]Verdict, len(q.goals))
	for i, g := range q.goals {
		switch failed := stalled || float64(late[i]) > (1-g.share)*float64(n); {
		case !failed && (q.limit == 0 || t.Rate <= q.limit):
			vs[i] = Met
		case !void:
			vs[i] = Failed
		}
	}
	return vs
}

// capacity returns the rate, in parts of the service rate, at which a share of
// the messages is answered within a limit: the waiting time of M/D/1 (A. K.
// Erlang, 1909; C. D. Crommelin, 1932) is at most t with probability
//
//	(1-r) * sum over k = 0..floor(t) of (r(k-t))^k / k! * e^(-r(k-t))
func capacity(g goal) float64 {
	low, high := 0.0, 1.0
	for range 60 {
		r := (low + high) / 2
		t, p := g.within-1, 0.0
		for k := 0.0; k <= t; k++ {
			lg, _ := math.Lgamma(k + 1)
			x := r * (k - t)
			term := math.Exp(k*math.Log(math.Abs(x)) - lg - x)
			if k == 0 {
				term = math.Exp(-x)
			}
			if math.Mod(k, 2) == 1 {
				term = -term
			}
			p += term
		}
		if (1-r)*p >= g.share {
			low = r
		} else {
			high = r
		}
	}
	return low
}

// The formula is that of the books: half of all messages find M/D/1 empty at a
// load of one half, and the mean wait is r/2(1-r).
func TestFormula(t *testing.T) {
	if got := capacity(goal{0.5, 1}); math.Abs(got-0.5) > 1e-6 {
		t.Errorf("half of the messages wait for nothing up to %g, expected 0.5", got)
	}
	q := &queue{rng: rand.New(rand.NewPCG(1, 1)), goals: []goal{{0.99, 5}}}
	r := capacity(q.goals[0])
	for _, c := range []struct {
		rate float64
		want Verdict
	}{{r * 0.97, Met}, {r * 1.03, Failed}} {
		if got := q.run(Trial{Rate: c.rate, Length: 2e6 * time.Second}); got[0] != c.want {
			t.Errorf("at %g of %g: %v, expected %v", c.rate, r, got[0], c.want)
		}
	}
}

var goals = []goal{{0.5, 1.5}, {0.99, 5}, {0.99, 10}}

// search runs a whole one and returns what it found.
func search(t *testing.T, c Config, run func(Trial) []Verdict) *Search {
	t.Helper()
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	for {
		trial, ok := s.Next()
		if !ok {
			return s
		}
		if again, _ := s.Next(); again != trial {
			t.Fatalf("Next says %v, then %v", trial, again)
		}
		if s.Record(trial, run(trial)); s.trials >= trialsMost {
			t.Fatalf("no end after %d trials", s.trials)
		}
	}
}

// long are the trials of a queue whose percentiles are to be exact.
func long(goals int, precision float64) Config {
	return Config{Goals: goals, First: 1, Least: 1e-3, Precision: precision, Short: 4000 * time.Second, Full: 50000 * time.Second, Curve: -1}
}

// Three goals in one search, and both ends of each interval are within 5 % of
// the computed rate, for every seed.
func TestFindsTheCapacityOfAQueue(t *testing.T) {
	seeds := uint64(200)
	if testing.Short() {
		seeds = 20
	}
	var worst float64
	var trials, full, apart int
	for seed := range seeds {
		q := &queue{rng: rand.New(rand.NewPCG(seed, 7)), goals: goals}
		s := search(t, long(3, 0.02), q.run)
		trials, full = trials+q.trials, full+q.full
		for i, g := range goals {
			b, want := s.Bounds(i), capacity(g)
			if b.Low == nil || b.High == nil || b.Limit != Enough {
				t.Fatalf("seed %d, goal %v: %+v", seed, g, b)
			}
			if *b.High-*b.Low > 0.0201**b.High {
				t.Errorf("seed %d, goal %v: interval %g to %g is wider than asked for", seed, g, *b.Low, *b.High)
			}
			off := max(math.Abs(*b.Low/want-1), math.Abs(*b.High/want-1))
			if worst = max(worst, off); off > 0.05 {
				t.Errorf("seed %d, goal %v: found %g to %g, computed %g", seed, g, *b.Low, *b.High, want)
			}
		}
		if seed < 10 {
			for _, g := range goals {
				q := &queue{rng: rand.New(rand.NewPCG(seed, 7)), goals: []goal{g}}
				search(t, long(1, 0.02), q.run)
				apart += q.trials
			}
			apart -= q.trials
		}
	}
	t.Logf("at most %.1f %% off; %d trials a search, %d of them full", worst*100, trials/int(seeds), full/int(seeds))
	if apart <= 0 {
		t.Errorf("three goals in one search take %d more trials than in three", -apart)
	}
}

// A machine that stalls in some trials, and a generator that is late in others:
// what is promised is hardly ever too little, and never too much.
func TestNoiseDoesNotRaiseTheCapacity(t *testing.T) {
	const seeds = 60
	within := 0
	for seed := range uint64(seeds) {
		q := &queue{rng: rand.New(rand.NewPCG(seed, 8)), goals: goals[1:2], misled: 0.05, lost: 0.1}
		c := long(1, 0.05)
		c.Confirm = 3
		b := search(t, c, q.run).Bounds(0)
		off := *b.Low/capacity(goals[1]) - 1
		if off > 0.05 {
			t.Errorf("seed %d: found %+v, %.1f %% too much", seed, b, off*100)
		}
		if off > -0.1 {
			within++
		}
	}
	if within < seeds*9/10 {
		t.Errorf("%d of %d searches end more than 10 %% below the capacity", seeds-within, seeds)
	}
}

// A generator that gives out before the server: there is no evidence of failure
// and none is made up. One that gives out above: the number stands.
func TestGeneratorGivesOut(t *testing.T) {
	want := capacity(goals[1])
	for _, c := range []struct {
		limit float64
		ends  Limit
	}{{want / 3, Generator}, {want * 3, Enough}} {
		q := &queue{rng: rand.New(rand.NewPCG(3, 3)), goals: goals[1:2], limit: c.limit}
		b := search(t, long(1, 0.05), q.run).Bounds(0)
		if b.Limit != c.ends || b.Low == nil || *b.Low > c.limit {
			t.Errorf("limit %g, computed %g: %+v, expected %q", c.limit, want, b, c.ends)
		}
		if c.ends == Generator && (b.High != nil || *b.Low < c.limit*0.94) {
			t.Errorf("limit %g: found %g to %v, expected nearly as much as the generator can and no end", c.limit, *b.Low, b.High)
		}
	}
}
