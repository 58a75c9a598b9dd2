package page

import (
	"fmt"

	"github.com/loadframe/loadframe/internal/report"
)

// stretch is a span with intervals: of a run, or of one of its repeats.
type stretch struct {
	from      float64 // seconds before it
	intervals []report.Interval
}

// stretches puts repeated runs one after the other. A run without intervals is one itself, where there are several.
func (r *run) stretches() (all []stretch) {
	if r.r.Repeat == nil {
		return []stretch{{0, r.r.Course()}}
	}
	at := 0.0
	for _, one := range r.r.Repeat.Runs {
		s := stretch{at, one.Course()}
		if len(s.intervals) == 0 && one.DurationS > 0 {
			whole := report.Interval{EndS: one.DurationS, PayloadBytes: one.Totals.PayloadBytes, Messages: one.Totals.Messages, Latency: one.Latency}
			s.intervals = []report.Interval{whole.WithRates()}
		}
		all = append(all, s)
		at += one.DurationS
	}
	return all
}

// timeline has a point for each interval in which the value was measured.
func (r *run) timeline(of func(*report.Interval) *float64) []point {
	return timeline(r.stretches(), of)
}

func timeline(all []stretch, of func(*report.Interval) *float64) (points []point) {
	for i, s := range all {
		for j := range s.intervals {
			v := &s.intervals[j]
			if y := of(v); y != nil {
				points = append(points, point{x: s.from + v.EndS, y: *y, part: i,
					at: fmt.Sprintf("%.2f–%.2f s", s.from+v.StartS, s.from+v.EndS)})
			}
		}
	}
	return points
}

// overTime draws one value of the intervals. A single interval is no course of time.
func overTime(all []*run, title, label string, y axis, of func(*report.Interval) *float64) *chart {
	y.label = label
	c := &chart{title: title, caption: "Means of the intervals, each drawn at its end; one of less than a tenth of the interval asked for is left out.", x: secondsAxis, y: y}
	repeated := false
	for _, r := range all {
		points := r.timeline(of)
		if len(points) < 2 {
			points = nil
		}
		repeated = repeated || r.r.Repeat != nil && points != nil
		c.series = append(c.series, series{name: r.name, points: points})
	}
	if repeated {
		c.caption += " Repeated runs stand one after the other."
	}
	return c
}

// intervalPercentiles draws how latency went on: a steady p50 under a p99 that jumps is another thing than both rising.
func intervalPercentiles(all []*run) *chart {
	c := &chart{title: "Latency over time", caption: "Response latency within each interval: the median, and dashed apart the p99.", x: secondsAxis, y: latencyAxis("latency")}
	var values []float64
	for _, r := range all {
		for i, q := range []struct {
			name string
			of   func(*report.Quantiles) int64
		}{{"p50", func(q *report.Quantiles) int64 { return q.P50 }}, {"p99", func(q *report.Quantiles) int64 { return q.P99 }}} {
			points := r.timeline(func(v *report.Interval) *float64 {
				if l := v.Latency.Main(); l != nil {
					return new(float64(q.of(l)))
				}
				return nil
			})
			if len(points) < 2 {
				points = nil
			}
			name := q.name
			if len(all) > 1 {
				name = r.name + " " + q.name
			}
			c.series = append(c.series, series{name: name, points: points, dashed: i > 0})
			for _, p := range points {
				values = append(values, p.y)
			}
		}
	}
	c.y.log = wide(values)
	return c
}
