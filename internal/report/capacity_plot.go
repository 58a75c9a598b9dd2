package report

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/loadframe/loadframe/internal/units"
)

// ratePoint is what the trials at one rate say: the medians of their percentiles.
type ratePoint struct {
	rate     float64
	p50, p99 int64
}

// points returns the latency against the rate, ascending. A trial that its generator spoiled for all goals is not among them.
func (c *Capacity) points() (points []ratePoint) {
	at := map[float64][]*Quantiles{}
	for _, t := range c.Trials {
		if q := t.response(); q != nil && !t.Void() {
			at[t.RateMessagesPerS] = append(at[t.RateMessagesPerS], q)
		}
	}
	for rate, qs := range at {
		var p50, p99 []int64
		for _, q := range qs {
			p50, p99 = append(p50, q.P50), append(p99, q.P99)
		}
		slices.Sort(p50)
		slices.Sort(p99)
		points = append(points, ratePoint{rate, p50[len(p50)/2], p99[len(p99)/2]})
	}
	slices.SortFunc(points, func(a, b ratePoint) int { return cmp.Compare(a.rate, b.rate) })
	return points
}

// response returns what the trial measured from when messages were due, nil if it has no latency.
func (t *Trial) response() *Quantiles {
	if t.Latency == nil {
		return nil
	}
	return t.Latency.Response
}

// Void reports whether the trial is no evidence for any goal: its generator was the limit.
func (t *Trial) Void() bool {
	for _, v := range t.Verdicts {
		if v != "generator" {
			return false
		}
	}
	return len(t.Verdicts) > 0
}

// WritePlot draws latency against rate, a bar a rate, in at most columns columns: dark up to the median, light up to the p99, on a
// logarithmic axis. It marks the knee and the intervals of the goals. It writes nothing for less than 60 columns, or fewer than two rates.
func (c *Capacity) WritePlot(w io.Writer, columns int) error {
	points := c.points()
	if columns < plotLeast || len(points) < 2 {
		return nil
	}
	columns = min(columns, plotMost)
	low, high := math.MaxFloat64, 0.0
	for _, p := range points {
		low, high = min(low, math.Log(float64(max(p.p50, 1)))), max(high, math.Log(float64(max(p.p99, 1))))
	}
	low -= (high - low) / 10 // the least has a bar too
	marks := 0
	for _, p := range points {
		marks = max(marks, utf8.RuneCountInString(c.mark(p.rate)))
	}
	room := max(columns-plotLeft-plotRight-marks-1, 10)
	var t text
	t.line("")
	t.row("response", "█ p50  ░ p99, log scale, %s to %s", formatNs(units.Whole(math.Exp(low))), formatNs(units.Whole(math.Exp(high))))
	for _, p := range points {
		cells := func(ns int64) int {
			if high <= low {
				return room
			}
			part := (math.Log(float64(max(ns, 1))) - low) / (high - low)
			return min(max(int(math.Round(part*float64(room))), 1), room)
		}
		dark, all := cells(p.p50), cells(p.p99)
		bar := strings.Repeat("█", dark) + strings.Repeat("░", max(all-dark, 0))
		bar += strings.Repeat(" ", room-utf8.RuneCountInString(bar))
		t.line("%12s  %s %-9s %s", digits(p.rate), bar, formatNs(p.p99), c.mark(p.rate))
	}
	return t.to(w)
}

// mark says what a rate is.
func (c *Capacity) mark(rate float64) string {
	var marks []string
	for i, g := range c.Goals {
		of := ""
		if len(c.Goals) > 1 {
			of = fmt.Sprintf(" %d", i+1)
		}
		if g.Low != nil && *g.Low == rate {
			marks = append(marks, "met"+of)
		}
		if g.High != nil && *g.High == rate {
			marks = append(marks, "failed"+of)
		}
	}
	if len(c.Goals) > 0 && c.Goals[0].Knee != nil && *c.Goals[0].Knee == rate {
		marks = append(marks, "knee")
	}
	if s := strings.Join(marks, ", "); utf8.RuneCountInString(s) <= 20 {
		return s
	}
	return strings.Join(marks[:1], "") + ", ..." // several goals at one rate: the sentences have them all
}
