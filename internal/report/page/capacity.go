package page

import (
	"fmt"
	"slices"

	"github.com/loadframe/loadframe/internal/report"
)

// capacitySection says first what load meets each goal, then draws latency against load, and then every trial.
func capacitySection(name string, c *report.Capacity) *section {
	s := &section{Title: joined(": ", "Capacity", name), About: about(stamp(c.Start), c.Host, c.Tool),
		Lead: fmt.Sprintf("The highest load of %s over %s, framing %s, that meets what was asked for. %s.", c.Workload, c.Transport, c.Framing, plural(len(c.Trials), "trial"))}
	if c.Error != "" {
		s.add(block{Notice: &notice{Kind: "failed", Title: "Failed", Lines: []string{c.Error}}})
	}
	if lines := doubts(c.Health); len(lines) > 0 {
		s.add(block{Notice: &notice{Kind: "doubt", Title: "Doubt", Lines: lines}})
	}
	verdict := &notice{Kind: "verdict", Title: "How much"}
	for _, g := range c.Goals {
		verdict.Lines = append(verdict.Lines, joined(": ", g.Expr, g.Text))
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

func perSecond(v float64) string { return digits(whole(v)) + "/s" }

// latencyByRate draws the percentiles of the trials over the rate that was asked for, with upright lines where goals end and knees are.
func latencyByRate(c *report.Capacity) *chart {
	ch := &chart{title: "Latency by rate", caption: "Response latency of each trial, by the rate that was asked for. Upright lines mark where goals were confirmed and seen to fail, and where latency begins to rise.",
		x: rateAxis, y: latencyAxis("latency")}
	var values []float64
	for _, q := range []struct {
		name string
		of   func(*report.Quantiles) int64
	}{{"p50", func(q *report.Quantiles) int64 { return q.P50 }}, {"p90", func(q *report.Quantiles) int64 { return q.P90 }},
		{"p99", func(q *report.Quantiles) int64 { return q.P99 }}, {"p99.9", func(q *report.Quantiles) int64 { return q.P999 }}} {
		line := series{name: q.name}
		for _, trial := range c.Trials {
			if l := trial.Latency.Main(); l != nil {
				line.points = append(line.points, point{x: trial.RateMessagesPerS, y: float64(q.of(l))})
				values = append(values, float64(q.of(l)))
			}
		}
		line.points = byRate(line.points)
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

// byRate sorts points, so that the line goes from left to right; trials at one rate keep their order.
func byRate(points []point) []point {
	slices.SortStableFunc(points, byX)
	return points
}

var rateAxis = axis{label: "messages/s asked for", tight: true, format: countPerS.format}

// answeredByRate draws what came against what was asked for: where the line leaves the diagonal, the load was no longer made or no longer
// answered.
func answeredByRate(c *report.Capacity) *chart {
	ch := &chart{title: "Answered by rate", caption: "Messages answered a second, by the rate that was asked for; as asked is what would be if all were answered.", x: rateAxis, y: countPerS}
	ch.y.label = "answered"
	came, asked := series{name: "answered"}, series{name: "as asked", dashed: true}
	for _, trial := range c.Trials {
		came.points = append(came.points, point{x: trial.RateMessagesPerS, y: trial.MessagesPerS})
		asked.points = append(asked.points, point{x: trial.RateMessagesPerS, y: trial.RateMessagesPerS})
	}
	came.points, asked.points = byRate(came.points), byRate(asked.points)
	ch.series = []series{came, asked}
	return ch
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
		conditions := cell{Kind: "better"}
		for _, h := range trial.Conditions {
			word := "held: "
			if !h.OK {
				word, conditions.Kind = "missed: ", "worse"
			}
			conditions.Text = joined("; ", conditions.Text, word+h.String())
		}
		for _, reason := range doubts(trial.Health) {
			conditions.Note = joined("; ", conditions.Note, "doubt: "+reason)
		}
		row.Cells = append(row.Cells, num(digits(trial.Errors)), num(digits(trial.Unsent)), conditions)
		t.Rows = append(t.Rows, row)
	}
	return t
}
