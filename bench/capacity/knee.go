package capacity

import (
	"cmp"
	"slices"
)

// Point is what one trial says of the latency curve.
type Point struct {
	Rate    float64 // messages a second that were asked for
	Latency float64 // response time; a median is hardly moved by the stalls of a machine, a mean is
}

// Knee returns the rate at which latency begins to rise more than the rate
// does: where power, rate over response time, is greatest (L. Kleinrock,
// "Power and Deterministic Rules of Thumb for Probabilistic Problems in
// Computer Communications", ICC 1979). Below it, a tenth more load costs less
// than a tenth more latency; above it, more. False: power grew up to the last
// point, or there are fewer than four rates.
//
// Unlike the distance from a chord (Satopää et al., "Finding a Kneedle in a
// Haystack", 2011) it does not depend on how far beyond the knee was measured,
// where one overloaded trial is a thousand times above the others. Points of
// one rate count as one, with the median of their latencies.
func Knee(points []Point) (rate float64, ok bool) {
	points = slices.Clone(points)
	slices.SortFunc(points, func(a, b Point) int { return cmp.Compare(a.Rate, b.Rate) })
	rates, best, power := 0, 0, 0.0
	for len(points) > 0 {
		n := 1
		for n < len(points) && points[n].Rate == points[0].Rate {
			n++
		}
		p := middle(points[:n])
		points = points[n:]
		if !(p.Rate > 0 && p.Latency > 0) {
			continue
		}
		if rates++; p.Rate/p.Latency > power {
			best, rate, power = rates, p.Rate, p.Rate/p.Latency
		}
	}
	return rate, rates >= 4 && best < rates
}

// middle returns the point with the median latency.
func middle(points []Point) Point {
	points = slices.Clone(points)
	slices.SortFunc(points, func(a, b Point) int { return cmp.Compare(a.Latency, b.Latency) })
	return points[len(points)/2]
}
