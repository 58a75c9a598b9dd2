package client

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/loadframe/loadframe/internal/units"
)

// stage is a time during which the rate goes straight from one value to
// another.
//
//	rate   to ............../|
//	                    /    |     the area is the messages
//	     from ....|/         |     of the stage
//	              |          |
//	            start   start+span
type stage struct {
	from, to float64 // messages a second
	span     float64 // s; 0: without end
	start    float64 // s since the start of the schedule
	before   float64 // messages before it
}

// stages follow one another. There is one at least.
type stages []stage

const maxStages = 1000

func parseStages(text string) (stages, error) {
	var all stages
	start, before := 0.0, 0.0
	parts := strings.Split(text, ",")
	if len(parts) > maxStages {
		return nil, fmt.Errorf("%d stages: want %d or fewer", len(parts), maxStages)
	}
	for _, part := range parts {
		s, err := parseStage(part)
		if err != nil {
			return nil, err
		}
		if s.span == 0 && len(parts) > 1 {
			return nil, fmt.Errorf("stage %q lasts for how long? Want RATE@TIME or A..B@TIME", part)
		}
		s.start, s.before = start, before
		start, before = start+s.span, before+s.messages()
		all = append(all, s)
	}
	last := all[len(all)-1]
	switch {
	case last.span == 0 && last.from == 0, last.span > 0 && before == 0:
		return nil, fmt.Errorf("rate %q: want more than 0 messages/s", text)
	case start*1e9 > float64(math.MaxInt64/2):
		return nil, fmt.Errorf("stages of %.3g s in all: too long", start)
	}
	return all, nil
}

// parseStage reads RATE, RATE@TIME or A..B@TIME.
func parseStage(text string) (s stage, err error) {
	rates, span, timed := strings.Cut(text, "@")
	from, to, ramp := strings.Cut(rates, "..")
	if s.from, err = parseRate(from); err != nil {
		return s, err
	}
	s.to = s.from
	if ramp {
		if s.to, err = parseRate(to); err != nil {
			return s, err
		}
		if !timed {
			return s, fmt.Errorf("ramp %q takes how long? Want A..B@TIME", text)
		}
	}
	if timed {
		d, err := units.ParseDuration(span)
		if err != nil {
			return s, err
		}
		if d < time.Millisecond {
			return s, fmt.Errorf("stage %q: want 1 ms or more", text)
		}
		s.span = d.Seconds()
	}
	return s, nil
}

// messages returns how many fall into the stage.
func (s stage) messages() float64 { return (s.from + s.to) / 2 * s.span }

// total returns the messages of all stages; infinite if the last has no end.
func (all stages) total() float64 {
	last := all[len(all)-1]
	if last.span == 0 {
		return math.Inf(1)
	}
	return last.before + last.messages()
}

// when returns the time by which n messages are expected, in seconds; false if
// so many never are.
func (all stages) when(n float64) (float64, bool) {
	for _, s := range all {
		y := n - s.before
		if s.span > 0 && y >= s.messages() {
			continue
		}
		if s.from == s.to {
			return s.start + y/s.from, true
		}
		// The root of from*t + slope*t*t/2 = y, in the form that does not
		// subtract what is nearly equal.
		slope := (s.to - s.from) / s.span
		root := math.Sqrt(max(0, s.from*s.from+2*slope*y))
		if y == 0 {
			return s.start, true
		}
		return s.start + 2*y/(s.from+root), true
	}
	return 0, false
}
