package bench

import (
	"math"

	"github.com/loadframe/loadframe/internal/report"
)

// z95 is the quantile of the normal distribution for intervals of 95 %.
const z95 = 1.959963984540054

// probabilityOf is hits of trials with the interval of Wilson (1927), which holds also for none and for all: nil without a trial.
func probabilityOf(hits, trials int) *report.Probability {
	if trials == 0 {
		return nil
	}
	n, p := float64(trials), float64(hits)/float64(trials)
	const z2 = z95 * z95
	middle := (p + z2/(2*n)) / (1 + z2/n)
	half := z95 / (1 + z2/n) * math.Sqrt(p*(1-p)/n+z2/(4*n*n))
	// Against rounding alone: the interval holds p.
	return &report.Probability{P: p, Low: min(p, max(0, middle-half)), High: max(p, min(1, middle+half))}
}

// moments are the sums of some values, from which their mean and its error follow.
type moments struct {
	n            int
	sum, squares float64
}

func (m *moments) add(v float64) {
	m.n++
	m.sum += v
	m.squares += v * v
}

// mean is the mean of values that are counts, with an interval of 95 % by its standard error: nil without a value, the value itself with
// one. The interval of a few that differ much would reach below 0, where no count is, and ends there.
func (m *moments) mean() *report.Mean {
	if m.n == 0 {
		return nil
	}
	n := float64(m.n)
	mean := m.sum / n
	half := 0.0
	if m.n > 1 {
		half = z95 * math.Sqrt(max(0, m.squares-m.sum*mean)/(n-1)/n)
	}
	return &report.Mean{Mean: mean, Low: min(mean, max(0, mean-half)), High: mean + half, Count: m.n}
}
