package report

import (
	"fmt"

	"github.com/loadframe/loadframe/internal/units"
)

// repeated writes the medians of several runs with their intervals: what a person compares, and no more.
func (t *text) repeated(r *Result) {
	if r.Repeat == nil {
		return
	}
	t.row(plural(int64(len(r.Repeat.Runs)), "run"), "%-14s interval", "median")
	for _, s := range r.Repeat.Metrics {
		label, shown := repeatLabels[s.Metric]
		m, ok := metricNamed(s.Metric)
		if !shown || !ok {
			continue
		}
		t.row("  "+label, "%-14s %s to %s (%.1f %%)", m.Format(s.Median), m.Format(s.Low), m.Format(s.High), 100*s.Confidence)
	}
	t.line("  all runs together")
}

// repeatLabels are the metrics that a person compares, under the name of their row.
var repeatLabels = map[string]string{"goodput": "goodput", "messages": "messages", "p50": "p50", "p99": "p99", "max": "max",
	"cpu_per_gb": "CPU/GB", "cpu_per_message": "CPU/msg"}

// Format returns a value of the metric for a person, with its unit.
func (m Metric) Format(v float64) string {
	switch m.unit {
	case nanoseconds:
		return formatNs(units.Whole(v))
	case bytesPerS:
		bytes, _ := units.FormatGoodput(v)
		return bytes
	case perS:
		return units.FormatDigits(units.Whole(v)) + "/s"
	case count:
		return units.FormatDigits(units.Whole(v))
	case seconds:
		return formatSeconds(v)
	}
	return fmt.Sprintf("%.4g", v)
}
