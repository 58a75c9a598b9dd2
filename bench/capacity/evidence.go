package capacity

// evidence is what all trials at one rate say.
type evidence struct {
	rate  float64
	goals []tally
}

// tally counts verdicts by their kind, of all trials and of the full ones.
type tally struct{ any, full [3]int }

// state is what is known of a goal at a rate.
type state int

const (
	open   state = iota // too little
	met                 // it is met
	failed              // it is not
	wall                // the generator does not get there
)

// state weighs the trials. Full ones decide when enough of them agree, and then
// over all short ones; else, if it is not asked for a decision, the majority of
// all, and a tie is a failure: what a rate failed once is no rate to promise.
//
// In the terms of RFC 9971 that is a Goal Exceed Ratio of one half, with a Goal
// Duration Sum of 2*confirm-1 full trials.
func (e *evidence) state(goal int, full bool, confirm int) state {
	t := &e.goals[goal]
	switch {
	case t.full[Met] >= confirm:
		return met
	case t.full[Failed] >= confirm:
		return failed
	case full && t.any[Void] >= fullVoids:
		return wall
	case full:
		return open
	case t.any[Met] > t.any[Failed]:
		return met
	case t.any[Failed] > 0:
		return failed
	case t.any[Void] >= shortVoids:
		return wall
	}
	return open
}

// flaps tells whether full trials at the rate came out both ways.
func (e *evidence) flaps(goal int) bool {
	t := &e.goals[goal]
	return t.full[Met] > 0 && t.full[Failed] > 0
}

// bounds are the rates between which a goal's capacity lies. Nil: none is known.
type bounds struct {
	low  *evidence // the greatest that is met below high
	high *evidence // the least that fails: where a server fails less and meets more, what is above it is no promise
	wall *evidence // the least above low and below high that the generator does not get to
}

func (b bounds) upper() *evidence {
	if b.wall != nil {
		return b.wall
	}
	return b.high
}

func (s *Search) bounds(goal int, full bool) (b bounds) {
	for _, e := range s.rates {
		switch e.state(goal, full, s.cfg.Confirm) {
		case met:
			b.low, b.wall = e, nil
		case wall:
			if b.wall == nil {
				b.wall = e
			}
		case failed:
			b.high = e
			return b
		}
	}
	return b
}

// gapMost is how far apart, in parts of the highest rate of interest, two
// points of the latency curve may be.
const gapMost = 0.125

// gap returns the middle of the widest gap in the rates between nothing and the
// highest bound of a goal: there the curve would be a guess.
func (s *Search) gap() (float64, bool) {
	var top float64
	for goal := range s.cfg.Goals {
		b := s.bounds(goal, false)
		for _, e := range []*evidence{b.low, b.upper()} {
			if e != nil {
				top = max(top, e.rate)
			}
		}
	}
	below, widest, at := 0.0, gapMost*top, 0.0
	for _, e := range s.rates {
		if e.rate > top {
			break
		}
		if e.rate-below > widest*(1+1e-9) {
			widest, at = e.rate-below, (below+e.rate)/2
		}
		below = e.rate
	}
	return at, at >= s.cfg.Least
}
