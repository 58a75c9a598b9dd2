package page

import (
	"math"
	"strconv"
	"strings"
)

// axis says how values lie along one side of a chart.
type axis struct {
	label  string               // with the unit
	log    bool                 // a power of ten has the same room everywhere
	format func(float64) string // of a value, with its unit
	ticks  []tick               // nil: round numbers
	tight  bool                 // a linear axis ends where the values end, and not at a round number
	margin float64              // beyond the first and the last of ticks
}

// tick is a place on an axis that has a name.
type tick struct {
	at   float64
	text string
}

// beyond is where values end that no measurement has, and below its inverse they are zero: sums, differences and ratios of what is within
// are still numbers.
const beyond = 1e150

// drawable tells whether v can be drawn at all.
func drawable(v float64) bool { return v == 0 || math.Abs(v) >= 1/beyond && math.Abs(v) <= beyond }

// scale maps the values of an axis to 0 to 1.
type scale struct {
	axis
	low, high float64
	zero      float64 // the room under a logarithmic scale for what is not positive; 0: there is none
}

// logRatio is the ratio of the greatest to the least value from which on a linear scale would hide the small ones.
const logRatio = 20

// newScale returns a scale that holds all values. A linear one begins at zero unless the axis has ticks of its own.
func newScale(a axis, values []float64) scale {
	s := scale{axis: a}
	low, high, zero := math.Inf(1), math.Inf(-1), false
	for _, v := range values {
		if a.log && v <= 0 {
			zero = true
			continue
		}
		low, high = min(low, v), max(high, v)
	}
	if low > high { // nothing is left
		low, high = 1, 1
	}
	switch {
	case a.log:
		if zero {
			s.zero = 0.1
		}
		s.low, s.high = floorLog(low), ceilLog(high)
		if len(s.ticks) > 0 {
			s.low, s.high = low, high
		}
		if s.low >= s.high {
			s.low, s.high = low/2, high*2
		}
		if s.ticks == nil {
			s.ticks = s.logTicks()
		}
	case a.ticks != nil:
		s.low, s.high = min(low, a.ticks[0].at)-a.margin, max(high, a.ticks[len(a.ticks)-1].at)+a.margin
		if s.low == s.high {
			s.low, s.high = low-0.5, high+0.5
		}
	default:
		step := niceStep(min(low, 0), max(high, 0))
		s.low, s.high = math.Floor(min(low, 0)/step)*step, math.Ceil(max(high, 0)/step)*step
		switch {
		case s.low >= s.high:
			s.high = s.low + step
		case a.tight:
			s.high = max(high, 0)
		}
		s.ticks = s.linearTicks(step)
	}
	return s
}

// at returns the place of v, 0 to 1.
func (s *scale) at(v float64) float64 {
	if !s.log {
		return min(max((v-s.low)/(s.high-s.low), 0), 1)
	}
	if v <= 0 {
		return 0
	}
	part := (math.Log(v) - math.Log(s.low)) / (math.Log(s.high) - math.Log(s.low))
	return s.zero + (1-s.zero)*min(max(part, 0), 1)
}

// niceStep is a step of 1, 2 or 5 times a power of ten that parts the span into at most seven.
func niceStep(low, high float64) float64 {
	span := high - low
	if !(span > 0) {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(span/4)))
	for _, k := range []float64{1, 2, 5} {
		if span/(k*power) <= 7 {
			return k * power
		}
	}
	return 10 * power
}

func (s *scale) linearTicks(step float64) (ticks []tick) {
	for i := range 12 {
		v := s.low + float64(i)*step
		if v > s.high+step/1000 {
			break
		}
		ticks = append(ticks, tick{v, s.short(v)})
	}
	return ticks
}

// floorLog and ceilLog round to 1, 2 or 5 times a power of ten.
func floorLog(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, k := range []float64{5, 2} {
		if k*power <= v*(1+1e-9) {
			return k * power
		}
	}
	return power
}

func ceilLog(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, k := range []float64{1, 2, 5} {
		if k*power >= v*(1-1e-9) {
			return k * power
		}
	}
	return 10 * power
}

// logTicks are powers of ten, with parts of them where there are few.
func (s *scale) logTicks() (ticks []tick) {
	if s.zero > 0 {
		ticks = append(ticks, tick{0, s.short(0)})
	}
	first, last := int(math.Floor(math.Log10(s.low)+1e-9)), int(math.Ceil(math.Log10(s.high)-1e-9))
	parts, every := []float64{1}, max(1, (last-first+5)/6)
	switch {
	case last-first <= 2:
		parts = []float64{1, 2, 5}
	}
	for e := first; e <= last; e += every {
		for _, k := range parts {
			if v := k * math.Pow(10, float64(e)); v >= s.low*(1-1e-9) && v <= s.high*(1+1e-9) {
				ticks = append(ticks, tick{v, s.short(v)})
			}
		}
	}
	return ticks
}

// short is the value as the name of a tick: as it would be told, without zeros that say nothing. "10.0 µs" is "10 µs".
func (s *scale) short(v float64) string {
	text := s.format(v)
	number, unit, _ := strings.Cut(text, " ")
	if strings.Contains(number, ".") {
		number = strings.TrimRight(strings.TrimRight(number, "0"), ".")
	}
	if v == 0 {
		return "0"
	}
	return strings.TrimSpace(number + " " + unit)
}

// percent is part of the width: "12.34%".
func percent(part float64) string { return strconv.FormatFloat(part*100, 'f', 2, 64) + "%" }
