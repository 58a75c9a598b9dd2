package page

import (
	"math"
	"strconv"

	"github.com/loadframe/loadframe/internal/report"
)

// percentileChart draws the percentile curves of all runs: response, and service beside it where sending waited for a schedule.
func percentileChart(all []*run) *chart {
	c := newPercentileChart("Latency by percentile")
	both := false
	for _, r := range all {
		l := r.r.Latency
		if l == nil {
			c.series = append(c.series, series{name: r.name})
			continue
		}
		both = both || l.Response != nil && l.Service != nil
		for i, v := range []struct {
			name string
			q    *report.Quantiles
		}{{"response", l.Response}, {"service", l.Service}} {
			if v.q == nil {
				continue
			}
			name := v.name
			if len(all) > 1 {
				name = r.name + " " + v.name
			}
			if l.Service == nil {
				name = "response = service"
				if len(all) > 1 {
					name = r.name
				}
			}
			c.add(series{name: name, dashed: i > 0 && l.Response != nil}, v.q.Curve, v.q)
		}
	}
	c.caption = "How many percent of the messages were answered within which time; each further nine has as much room as the one before."
	if both {
		c.caption += " Response counts from when a message was due, service from when it was sent."
	} else {
		c.caption += " In a closed loop nothing is due before it is sent: response is service."
	}
	return &c.chart
}

// percentiles is a chart of curves, with an axis that grows as they go on.
type percentiles struct {
	chart
	values []float64
	nines  float64
}

func newPercentileChart(title string) *percentiles {
	return &percentiles{chart: chart{title: title, x: axis{label: "percentile", format: func(v float64) string { return percentileName(v) }}, y: latencyAxis("latency")}}
}

// add adds a curve. Where a document has none, what is summarized of it takes its place.
func (c *percentiles) add(line series, curve []report.CurvePoint, q *report.Quantiles) {
	if len(curve) == 0 {
		curve = coarse(q)
	}
	count := 0.0
	if q != nil {
		count = float64(q.Count)
	}
	var points []point
	last := 0.0
	for _, p := range curve {
		x := ninesOf(p.Percentile, count, last)
		last = max(last, x)
		at := "p" + strconv.FormatFloat(p.Percentile, 'f', -1, 64)
		switch p.Percentile {
		case 0:
			at = "least"
		case 100:
			at = "greatest"
		}
		points = append(points, point{x: x, y: float64(p.Ns), at: at})
		c.values = append(c.values, float64(p.Ns))
	}
	c.nines = max(c.nines, last)
	line.points = points
	c.series = append(c.series, line)
	c.y.log = wide(c.values)
	c.x.ticks = nineTicks(c.nines)
}

// ninesOf places a percentile: 0 at 0, 90 at 1, 99 at 2. The greatest of count values stands where one in count is above; if that is not
// known, after the last.
func ninesOf(percentile, count, last float64) float64 {
	p := min(max(percentile, 0), 100)
	if x := -math.Log10(1 - p/100); x < 12 {
		return x
	}
	return max(math.Log10(max(count, 1)), last)
}

func percentileName(x float64) string {
	return "p" + strconv.FormatFloat(math.Round((100-100*math.Pow(10, -x))*1e6)/1e6, 'f', -1, 64)
}

func nineTicks(nines float64) []tick {
	ticks := []tick{{0, "least"}, {-math.Log10(0.5), "p50"}}
	for n := 1; n <= int(math.Ceil(nines)) && n <= 12; n++ {
		name := "p" + strconv.FormatFloat(100-math.Pow(10, float64(2-n)), 'f', max(0, n-2), 64)
		if float64(n) <= nines {
			ticks = append(ticks, tick{float64(n), name})
		}
	}
	return ticks
}

// coarse is the curve of a document that has none.
func coarse(q *report.Quantiles) []report.CurvePoint {
	if q == nil {
		return nil
	}
	curve := []report.CurvePoint{{Percentile: 0, Ns: q.Min}}
	for _, p := range []report.CurvePoint{{Percentile: 50, Ns: q.P50}, {Percentile: 90, Ns: q.P90}, {Percentile: 99, Ns: q.P99},
		{Percentile: 99.9, Ns: q.P999}, {Percentile: 99.99, Ns: q.P9999}} {
		if (100-p.Percentile)*float64(q.Count) >= 99.99 { // what so few values cannot resolve repeats the greatest
			curve = append(curve, p)
		}
	}
	return append(curve, report.CurvePoint{Percentile: 100, Ns: q.Max})
}

// latencyTable has a row for each view of each run.
func latencyTable(all []*run) *table {
	t := &table{Caption: "Latency", Head: []string{"view", "count", "least", "mean", "p50", "p90", "p99", "p99.9", "p99.99", "greatest"}}
	for _, r := range all {
		l := r.r.Latency
		if l == nil {
			l = &report.Latency{}
		}
		var lag, interval *report.Quantiles
		if r.r.Health != nil {
			lag = r.r.Health.ScheduleLag
		}
		if r.r.Stream != nil {
			interval = r.r.Stream.IntervalError
		}
		for _, v := range []struct {
			name string
			q    *report.Quantiles
		}{{"response", l.Response}, {"service", l.Service}, {"sent late", lag}, {"connect", l.Connect}, {"up", l.Up}, {"down", l.Down}, {"interval error", interval}} {
			if v.q == nil {
				continue
			}
			row := row{Head: v.name, Cells: []cell{num(digits(v.q.Count))}}
			if len(all) > 1 {
				row.Head, row.Note = r.name, v.name
			}
			for _, ns := range []int64{v.q.Min, v.q.Mean, v.q.P50, v.q.P90, v.q.P99, v.q.P999, v.q.P9999, v.q.Max} {
				row.Cells = append(row.Cells, num(duration(float64(ns))))
			}
			t.Rows = append(t.Rows, row)
		}
	}
	if len(t.Rows) > 0 && len(all) == 1 && all[0].r.Latency != nil && all[0].r.Latency.Service == nil {
		t.Note = "Closed loop: response = service."
	}
	return t
}
