// Package capacity searches for the highest rate at which a server still meets
// some goals, and for the knee of its latency. It has neither clock nor
// sockets: it says which trial comes next and is told what came of it, so it
// can be tested against servers whose capacity is known.
//
//	search.Next -> a trial: rate, length -> somebody runs it -> search.Record -> search.Bounds
//
// The method is that of MLRsearch (RFC 9971) for any goal that a trial meets or
// fails, not for loss ratios alone: several goals share their trials, short
// trials find where to look, and full ones decide, by majority, so that a
// single stall of a noisy machine decides nothing.
package capacity

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"
)

// Config describes a search. The zero value of a field is its default, except
// Goals and First, which are needed.
type Config struct {
	Goals     int           // how many verdicts a trial has, 1 or more
	First     float64       // messages a second to begin with: what a closed loop reached
	Least     float64       // no trial is slower; 0: 1
	Most      float64       // no trial is faster; 0: 1e9
	Precision float64       // of an interval: (High-Low)/High; 0: 0.05
	Short     time.Duration // of a trial that finds where to look; 0: 1 s
	Full      time.Duration // of a trial that decides; 0: 10 s
	Confirm   int           // full trials that have to agree, of at most 2*Confirm-1; 0: 2
	Curve     int           // short trials at most that fill the gaps of the latency curve at the end; negative: none; 0: 8
}

// Trial is what Next asks for.
type Trial struct {
	Rate   float64 // messages a second
	Length time.Duration
	Full   bool // it decides
}

// Verdict is what a trial says about one goal.
type Verdict int

// Void is no evidence: the generator was the limit, and nothing is known of the
// server at that rate.
const (
	Void Verdict = iota
	Met
	Failed
)

// String returns "generator", "met" or "failed".
func (v Verdict) String() string { return [...]string{"generator", "met", "failed"}[v] }

// After so many trials without evidence, and with no more evidence than that, a
// rate counts as one that the generator cannot make.
const (
	shortVoids = 2
	fullVoids  = 3
)

// trialsMost ends a search that noise would keep going for ever.
const trialsMost = 1000

// Search is the state of a search. [New] makes one; one goroutine at a time may
// use it.
type Search struct {
	cfg    Config
	rates  []*evidence // ascending
	trials int
	filled int
	rate   float64 // at which full trials are to decide, 0: none
	goal   int     // about this
}

// New returns a search that has made no trial.
func New(c Config) (*Search, error) {
	c.Least, c.Most = cmp.Or(c.Least, 1), cmp.Or(c.Most, 1e9)
	c.Precision = cmp.Or(c.Precision, 0.05)
	c.Short, c.Full = cmp.Or(c.Short, time.Second), cmp.Or(c.Full, 10*time.Second)
	c.Confirm, c.Curve = cmp.Or(c.Confirm, 2), cmp.Or(c.Curve, 8)
	switch {
	case c.Goals < 1:
		return nil, fmt.Errorf("capacity: %d goals: want 1 or more", c.Goals)
	case !(c.Least > 0 && c.Least <= c.Most):
		return nil, fmt.Errorf("capacity: rates from %g to %g messages/s: want more than 0, the lesser first", c.Least, c.Most)
	case !(c.Precision >= 0.001 && c.Precision <= 0.5):
		return nil, fmt.Errorf("capacity: precision %g: want 0.001 to 0.5", c.Precision)
	case c.Short < 0 || c.Full < c.Short:
		return nil, fmt.Errorf("capacity: trials of %v and %v: the full one is shorter", c.Short, c.Full)
	case c.Confirm < 1 || c.Confirm > 100:
		return nil, fmt.Errorf("capacity: %d trials that agree: want 1 to 100", c.Confirm)
	case !(c.First > 0) || math.IsInf(c.First, 0):
		return nil, fmt.Errorf("capacity: first rate %g: want more than 0", c.First)
	}
	c.First = min(max(c.First, c.Least), c.Most)
	return &Search{cfg: c}, nil
}

// Next returns the trial that is to be made, and false when there is none. Until
// it is recorded, Next returns the same.
func (s *Search) Next() (Trial, bool) {
	if s.trials >= trialsMost {
		return Trial{}, false
	}
	// What one full trial says must not move the others elsewhere.
	if i, found := s.find(s.rate); found && s.rates[i].state(s.goal, true, s.cfg.Confirm) == open {
		return s.trial(s.rate, true), true
	}
	s.rate = 0
	for _, full := range []bool{false, true} {
		for goal := range s.cfg.Goals {
			if rate, ok := s.step(goal, full); ok {
				if full {
					s.rate, s.goal = rate, goal
				}
				return s.trial(rate, full), true
			}
		}
	}
	if rate, ok := s.gap(); ok && s.filled < s.cfg.Curve {
		return s.trial(rate, false), true
	}
	return Trial{}, false
}

func (s *Search) trial(rate float64, full bool) Trial {
	if full {
		return Trial{rate, s.cfg.Full, true}
	}
	return Trial{rate, s.cfg.Short, false}
}

// Record takes what came of a trial, a verdict for each goal. The rate and
// whether it was full are what counts: a trial may have been longer.
func (s *Search) Record(t Trial, verdicts []Verdict) {
	if s.finished() {
		s.filled++
	}
	s.trials++
	i, found := s.find(t.Rate)
	if !found {
		s.rates = slices.Insert(s.rates, i, &evidence{rate: t.Rate, goals: make([]tally, s.cfg.Goals)})
	}
	for goal, v := range verdicts[:s.cfg.Goals] {
		n := &s.rates[i].goals[goal]
		if n.any[v]++; t.Full {
			n.full[v]++
		}
	}
}

// find returns where a rate stands, or belongs.
func (s *Search) find(rate float64) (i int, found bool) {
	return slices.BinarySearchFunc(s.rates, rate, func(e *evidence, rate float64) int { return cmp.Compare(e.rate, rate) })
}

// step returns the rate that has to be tried next for a goal, with short trials
// or full ones, or false when there is nothing to find out with those.
func (s *Search) step(goal int, full bool) (float64, bool) {
	b := s.bounds(goal, full)
	low, upper := b.low, b.upper()
	switch {
	case low != nil && upper != nil:
		return math.Sqrt(low.rate * upper.rate), !s.narrow(low.rate, upper.rate)
	case full:
		return s.decide(goal, b)
	case low != nil:
		return min(low.rate*2, s.cfg.Most), low.rate < s.cfg.Most
	case upper != nil:
		return max(upper.rate/2, s.cfg.Least), upper.rate > s.cfg.Least
	}
	return s.cfg.First, true
}

// decide returns where to decide while only one bound is decided, or none. The
// short trials are done and tell where.
func (s *Search) decide(goal int, b bounds) (float64, bool) {
	hint := s.bounds(goal, false).low
	switch {
	case b.upper() != nil:
		// What failed at full length failed by how much? If the short trials are
		// too short for the queue to build up, they would have it creep down in
		// their small steps: so the steps double.
		steps := math.Pow(2, float64(min(s.decidedFailed(goal), 20)-1))
		rate := b.upper().rate * math.Pow(1-s.cfg.Precision, max(steps, 1))
		if hint != nil {
			rate = min(rate, hint.rate)
		}
		return max(rate, s.cfg.Least), b.upper().rate > s.cfg.Least
	case hint != nil && (b.low == nil || hint.rate > b.low.rate):
		return hint.rate, true
	case b.low != nil:
		return min(b.low.rate/(1-s.cfg.Precision), s.cfg.Most), b.low.rate < s.cfg.Most
	}
	return s.cfg.Least, true // not even that was met by a short trial
}

// decidedFailed returns at how many rates full trials have decided against the
// goal.
func (s *Search) decidedFailed(goal int) (n int) {
	for _, e := range s.rates {
		if e.state(goal, true, s.cfg.Confirm) == failed {
			n++
		}
	}
	return n
}

func (s *Search) narrow(low, high float64) bool {
	return high-low <= s.cfg.Precision*high*(1+1e-9) // rates are quotients
}

// finished tells whether all goals are: what follows is the curve.
func (s *Search) finished() bool {
	for goal := range s.cfg.Goals {
		if !s.done(goal) {
			return false
		}
	}
	return true
}

func (s *Search) done(goal int) bool {
	_, short := s.step(goal, false)
	_, full := s.step(goal, true)
	return !short && !full
}
