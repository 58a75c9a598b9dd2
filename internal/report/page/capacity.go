package page

import (
	"fmt"
	"slices"

	"github.com/loadframe/loadframe/internal/report"
	"github.com/loadframe/loadframe/internal/units"
)

// capacitySection says first what load meets each goal, then draws latency against load, and then every trial.
func capacitySection(name string, c *report.Capacity) *section {
	s := &section{Title: joined(": ", "Capacity", name), About: about(stamp(c.Start), c.Host, c.Tool),
		Lead: fmt.Sprintf("The highest load of %s over %s, framing %s, that meets what was asked for. %s.", c.Workload, c.Transport, c.Framing, plural(len(c.Trials), "trial"))}
	if c.Error != "" {
		s.add(block{Notice: &notice{Kind: "failed", Title: "Failed", Lines: remarks(c.Error)}})
	}
	if lines := doubts(c.Health); len(lines) > 0 {
		s.add(block{Notice: &notice{Kind: "doubt", Title: "Doubt", Lines: remarks(lines...)}})
	}
	verdict := &notice{Kind: "verdict", Title: "How much"}
	for _, g := range c.Goals {
		verdict.Lines = append(verdict.Lines, remark{g.Expr, g.Text})
	}
	if len(verdict.Lines) > 0 {
		s.add(block{Notice: verdict})
	}
	s.table(goalsTable(c))
	s.under("By rate", func() {
		s.chart(latencyByRate(c))
		s.chart(answeredByRate(c))
		s.table(trialsTable(c))
	})
	t := &table{Caption: "Settings", Fold: "Settings, host and command", Head: []string{"key", "value"}}
	set := func(key, value string) { t.Rows = append(t.Rows, row{Head: key, Cells: []cell{words(value)}}) }
	set("command", joined(" ", c.Command...))
	flatten("config", c.Config, set)
	flatten("host", c.Host, set)
	flatten("tool", c.Tool, set)
	s.table(t)
	return s
}

func goalsTable(c *report.Capacity) *table {
	t := &table{Caption: "Goals", Head: []string{"goal", "confirmed", "seen to fail", "knee", "ended by"}}
	for _, g := range c.Goals {
		limit := map[string]string{"": "interval as narrow as asked for", "generator": "the generator: the server can do more", "time": "the time was over", "range": "the range was over"}[g.Limit]
		if limit == "" {
			limit = g.Limit
		}
		low := "none"
		if g.Low != nil {
			low = "≥ " + perSecond(*g.Low)
		}
		high := "none"
		if g.High != nil {
			high = "< " + perSecond(*g.High)
		}
		knee := "–"
		if g.Knee != nil {
			knee = perSecond(*g.Knee)
		}
		t.Rows = append(t.Rows, row{Head: g.Expr, Cells: []cell{num(low), num(high), num(knee), words(limit)}})
	}
	return t
}

func perSecond(v float64) string { return digits(units.Whole(v)) + "/s" }

// latencyByRate draws the percentiles of the trials over the rate that was asked for, with upright lines where goals end and knees are.
func latencyByRate(c *report.Capacity) *chart {
	ch := &chart{title: "Latency by rate", caption: "Response latency by the rate that was asked for: the median of the trials at a rate, through it a line from the least to the greatest. Upright lines mark where goals were confirmed and seen to fail, and where latency begins to rise.",
		x: rateAxis(c), y: latencyAxis("latency")}
	var values []float64
	for _, q := range []struct {
		name string
		of   func(*report.Quantiles) int64
	}{{"p50", func(q *report.Quantiles) int64 { return q.P50 }}, {"p90", func(q *report.Quantiles) int64 { return q.P90 }},
		{"p99", func(q *report.Quantiles) int64 { return q.P99 }}, {"p99.9", func(q *report.Quantiles) int64 { return q.P999 }}} {
		line := series{name: q.name, points: byRate(c, func(t *report.Trial) *float64 {
			if l := t.Latency.Main(); l != nil {
				return new(float64(q.of(l)))
			}
			return nil
		})}
		for _, p := range line.points {
			values = append(values, p.y)
		}
		ch.series = append(ch.series, line)
	}
	ch.y.log = wide(values)
	for _, g := range c.Goals {
		for _, m := range []struct {
			name string
			at   *float64
		}{{"knee", g.Knee}, {"confirmed", g.Low}, {"failed", g.High}} {
			if m.at != nil && drawable(*m.at) {
				ch.marks = append(ch.marks, upright{*m.at, m.name, joined(": ", g.Expr, m.name+" at "+perSecond(*m.at))})
			}
		}
	}
	return ch
}

// answeredByRate draws what came against what was asked for: where the line leaves the other, the load was no longer made or no longer
// answered.
func answeredByRate(c *report.Capacity) *chart {
	ch := &chart{title: "Answered by rate", caption: "Messages answered a second, by the rate that was asked for; as asked is what would be if all were answered.", x: rateAxis(c), y: countPerS}
	ch.y.label, ch.y.log = "answered", ch.x.log
	ch.series = []series{
		{name: "answered", points: byRate(c, func(t *report.Trial) *float64 { return &t.MessagesPerS })},
		{name: "as asked", points: byRate(c, func(t *report.Trial) *float64 { return &t.RateMessagesPerS }), dashed: true},
	}
	return ch
}

func rateAxis(c *report.Capacity) axis {
	var rates []float64
	for _, t := range c.Trials {
		rates = append(rates, t.RateMessagesPerS)
	}
	return axis{label: "messages/s asked for", tight: true, log: wide(rates), format: countPerS.format}
}

// byRate has a point for each rate at which there were trials: the median of what of returns, from the least to the greatest.
func byRate(c *report.Capacity, of func(*report.Trial) *float64) (points []point) {
	at := map[float64][]float64{}
	for i := range c.Trials {
		if v := of(&c.Trials[i]); v != nil {
			at[c.Trials[i].RateMessagesPerS] = append(at[c.Trials[i].RateMessagesPerS], *v)
		}
	}
	for rate, values := range at {
		slices.Sort(values)
		n := len(values)
		p := point{x: rate, y: (values[(n-1)/2] + values[n/2]) / 2, at: perSecond(rate)}
		if values[0] != values[n-1] {
			p.low, p.high = &values[0], &values[n-1]
		}
		points = append(points, p)
	}
	slices.SortFunc(points, byX)
	return points
}

func trialsTable(c *report.Capacity) *table {
	t := &table{Caption: "Trials, in their order", Head: []string{"asked for", "answered", "length", "p50", "p99", "p99.9", "greatest", "errors", "unsent", "conditions"}}
	for _, trial := range c.Trials {
		length := fmt.Sprintf("%.2f s", trial.DurationS)
		if trial.Full {
			length += ", full"
		}
		row := row{Head: perSecond(trial.RateMessagesPerS), Cells: []cell{num(perSecond(trial.MessagesPerS)), num(length)}}
		if q := trial.Latency.Main(); q != nil {
			for _, ns := range []int64{q.P50, q.P99, q.P999, q.Max} {
				row.Cells = append(row.Cells, num(duration(float64(ns))))
			}
		} else {
			row.Cells = append(row.Cells, num("–"), num("–"), num("–"), num("–"))
		}
		conditions := cell{Kind: "better", Words: true}
		for _, h := range trial.Conditions {
			word := "held: "
			if !h.OK {
				word, conditions.Kind = "missed: ", "worse"
			}
			conditions.Text = joined("; ", conditions.Text, word+h.String())
		}
		if trial.Void() {
			conditions.Kind, conditions.Note = "", "no evidence: this machine was the limit"
		}
		for _, reason := range doubts(trial.Health) {
			conditions.Note = joined("; ", conditions.Note, "doubt: "+reason)
		}
		row.Cells = append(row.Cells, num(digits(trial.Errors)), num(digits(trial.Unsent)), conditions)
		t.Rows = append(t.Rows, row)
	}
	return t
}
