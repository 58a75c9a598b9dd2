package bench

import "github.com/loadframe/loadframe/internal/report"

// estimateOf returns the median of samples, which are of one metric in the order of the rounds, with an interval that assumes nothing of
// their distribution. One sample is its own interval. The samples are kept and not copied.
func estimateOf(metric, unit string, samples []float64) *report.Estimate {
	s := report.SpreadOf(samples)
	s.Metric, s.Unit = metric, unit
	return &report.Estimate{Spread: s, Samples: samples}
}
