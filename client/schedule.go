package client

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/loadframe/loadframe/internal/units"
)

// Schedule plans when messages are due: an open loop. It is an immutable value
// that any number of goroutines may share. Message k of a schedule is due at a
// time that depends on k and the seed alone, so the connections of a run, and
// the parts of a run that is split, can each take their own k of it, and
// together take it whole.
//
//	rate over time  x  spacing                      = schedule
//	1000            x  constant: k                  = one each ms
//	0..1000@10s     x  poisson: Gamma(k+1)          = at random, more and more often
//	1000            x  burst of 10: k - k%10        = ten at once each 10 ms
//
// The spacing says how many messages are expected before message k, the rate
// when so many are.
type Schedule struct {
	spec   string
	random bool  // Poisson
	burst  int64 // 1: none
	stages stages
}

// The limits of a schedule.
const (
	maxRate  = 1e9
	maxBurst = 1 << 20
)

// ParseSchedule reads
//
//	RATE                    messages a second, evenly spaced; also constant:RATE
//	poisson:RATE            independent arrivals, seeded
//	burst:N@RATE            N at once, RATE in the mean
//	ramp:STAGE,STAGE,...    RATE changes; a STAGE is A..B@TIME or RATE@TIME
//
// where for RATE a list of stages may stand in every form. A schedule of stages
// ends with the last of them.
func ParseSchedule(spec string) (*Schedule, error) {
	s, err := parseSchedule(spec)
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	return s, nil
}

func parseSchedule(spec string) (*Schedule, error) {
	s := &Schedule{spec: spec, burst: 1}
	fail := func(err error) (*Schedule, error) {
		return nil, fmt.Errorf("arrival %.64q: %w", spec, err)
	}
	word, rate, found := strings.Cut(spec, ":")
	if !found {
		word, rate = "", spec
	}
	switch word {
	case "", "constant", "ramp":
		if word == "" && (rate == "constant" || rate == "poisson" || rate == "burst" || rate == "ramp") {
			return fail(fmt.Errorf("%s at which rate?", rate))
		}
	case "poisson":
		s.random = true
	case "burst":
		n, after, ok := strings.Cut(rate, "@")
		if !ok {
			return fail(fmt.Errorf("want burst:N@RATE"))
		}
		count, err := units.ParseCount(n)
		if err != nil {
			return fail(err)
		}
		if count < 1 || count > maxBurst {
			return fail(fmt.Errorf("burst of %d: want 1 to %d", count, maxBurst))
		}
		s.burst, rate = count, after
	default:
		return fail(fmt.Errorf("unknown spacing %q: constant, poisson, burst or ramp", word))
	}
	var err error
	if s.stages, err = parseStages(rate); err != nil {
		return fail(err)
	}
	if word == "ramp" && s.Length() == 0 {
		return fail(fmt.Errorf("want ramp:A..B@TIME"))
	}
	return s, nil
}

// String returns what was parsed.
func (s *Schedule) String() string { return s.spec }

// Length returns the time that the stages last, 0 if the schedule has no end.
func (s *Schedule) Length() time.Duration {
	if last := s.stages[len(s.stages)-1]; last.span > 0 {
		return seconds(last.start + last.span)
	}
	return 0
}

// Rate returns the messages a second in the mean over the schedule.
func (s *Schedule) Rate() float64 {
	last := s.stages[len(s.stages)-1]
	if last.span == 0 {
		return last.from
	}
	return s.stages.total() / (last.start + last.span)
}

// Cursor tells the due times of one schedule. One goroutine may use it.
type Cursor struct {
	schedule *Schedule
	arrivals *arrivals // nil unless they are random
}

// Cursor returns a cursor on the schedule. Of the same schedule and seed all
// cursors tell the same.
func (s *Schedule) Cursor(seed uint64) *Cursor {
	c := &Cursor{schedule: s}
	if s.random {
		c.arrivals = newArrivals(seed)
	}
	return c
}

// Due returns when message k, counted from 0, is due after the start of the
// run; false if the schedule has ended by then. It is computed from k and not
// from the message before: errors do not add up, and stay under 1 ns for 52
// days.
func (c *Cursor) Due(k int64) (time.Duration, bool) {
	var before float64
	if c.arrivals != nil {
		before = c.arrivals.at(k)
	} else {
		before = float64(k - k%c.schedule.burst)
	}
	t, ok := c.schedule.stages.when(before)
	return seconds(t), ok
}

// before returns how many messages are due before t.
func (c *Cursor) before(t time.Duration) int64 {
	n := int64(1 << treeDepth)
	for k := int64(0); k < n; { // sort.Search has an int, of 32 bits on some machines
		middle := k + (n-k)/2
		if due, ok := c.Due(middle); ok && due < t {
			k = middle + 1
		} else {
			n = middle
		}
	}
	return n
}

func seconds(s float64) time.Duration {
	if ns := math.Round(s * 1e9); ns < math.MaxInt64 {
		return time.Duration(ns)
	}
	return math.MaxInt64
}

// parseRate reads messages a second.
func parseRate(text string) (float64, error) {
	var rate float64
	n, err := units.ParseCount(text)
	if rate = float64(n); err != nil {
		f, ferr := strconv.ParseFloat(text, 64) // a few an hour are a rate too
		if ferr != nil {
			return 0, err
		}
		rate = f
	}
	if !(rate >= 0 && rate <= maxRate) {
		return 0, fmt.Errorf("rate %s: want 0 to %s messages/s", text, units.FormatDigits(maxRate))
	}
	return rate, nil
}
