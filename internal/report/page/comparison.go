package page

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/loadframe/loadframe/internal/report"
)

// comparison is a document with what its tables and charts look up again and again.
type comparison struct {
	*report.Comparison
	point map[string]*report.Point
	cell  map[[2]string]*report.Cell // by point and contender
}

// comparisonSection says first which framing for what, and then what that is drawn from.
func comparisonSection(name string, doc *report.Comparison) *section {
	c := &comparison{doc, map[string]*report.Point{}, map[[2]string]*report.Cell{}}
	for i := range doc.Points {
		c.point[doc.Points[i].Name] = &doc.Points[i]
	}
	for i := range doc.Cells {
		c.cell[[2]string{doc.Cells[i].Point, doc.Cells[i].Contender}] = &doc.Cells[i]
	}
	s := &section{Title: joined(": ", "Comparison of framings", name), Lead: c.lead(), About: about(stamp(doc.Start), doc.Host, doc.Tool)}
	if doc.Error != "" {
		s.add(block{Notice: &notice{Kind: "failed", Title: "Failed", Lines: remarks(doc.Error)}})
	}
	if doc.Incomplete {
		s.add(block{Notice: &notice{Kind: "doubt", Title: "Incomplete", Lines: remarks("The comparison ended early. What is here is of whole rounds, of fewer than were asked for.")}})
	}
	if lines := doubts(doc.Health); len(lines) > 0 {
		s.add(block{Notice: &notice{Kind: "doubt", Title: "Doubt", Lines: remarks(lines...)}})
	}
	c.verdicts(s)
	c.base(s)
	c.bySize(s)
	c.factors(s)
	s.under("Over time", func() { c.overTime(s) })
	c.overheads(s)
	c.damages(s)
	c.costs(s)
	c.refusals(s)
	s.under("Details", func() { c.settings(s) })
	return s
}

func (c *comparison) lead() string {
	e := c.Experiment
	where := "an embedded server"
	switch {
	case e.Addr != "":
		where = e.Addr
	case e.Apart:
		where = "servers in processes of their own"
	}
	floors := 0
	for _, of := range c.Contenders {
		if of.Floor != "" {
			floors++
		}
	}
	return fmt.Sprintf("%s and %s at %s, %s of trials of %s, seed %d, against %s.", plural(len(c.Contenders)-floors, "framing"), plural(floors, "floor"),
		plural(len(c.Points), "point"), plural(e.Rounds, "round"), duration(e.TrialS*1e9), e.Seed, where)
}

// verdicts are sentences for people, and behind them the table that they were drawn from.
func (c *comparison) verdicts(s *section) {
	if len(c.Verdicts) == 0 {
		return
	}
	n := &notice{Kind: "verdict", Title: "Which for what"}
	t := &table{Caption: "Behind the best", Fold: "How far the others are behind", Head: []string{"question", "best, or tied for it", "behind", "ratio", "interval", "by chance"}}
	for _, v := range c.Verdicts {
		n.Lines = append(n.Lines, remark{v.Question, v.Text})
		for i, g := range v.Behind {
			row := row{Cells: []cell{{}, {Text: g.Contender}, num(fmt.Sprintf("%.3f×", g.Ratio)), num(fmt.Sprintf("%.3f to %.3f", g.Low, g.High)), num(fmt.Sprintf("p = %.2g", g.P))}}
			if i == 0 {
				row.Head, row.Cells[0] = v.Question, words(strings.Join(v.Best, ", "))
			}
			t.Rows = append(t.Rows, row)
		}
	}
	s.add(block{Notice: n})
	s.table(t)
}

// base is the table of the base point, with a drawn interval for the figures that are compared most.
func (c *comparison) base(s *section) {
	if len(c.Points) == 0 {
		return
	}
	p := c.Points[0]
	t := &table{Caption: "Rates and cost", Head: []string{"framing"}}
	drawn := []string{"messages_per_s"}
	if p.Workload == "pull" {
		drawn = []string{"goodput_bytes_per_s"}
	}
	metrics := c.metricsAt(p.Name)
	for _, m := range metrics {
		if slices.Contains(drawn, m) {
			t.Head = append(t.Head, metricName(m)+", from 0")
		}
		t.Head = append(t.Head, metricName(m))
	}
	timed := slices.Contains(metrics, "p99_ns")
	if !timed {
		t.Head = append(t.Head, "p50", "p99")
	}
	columns := make(map[string][]cell)
	for _, m := range drawn {
		var values []*interval
		for _, of := range c.Contenders {
			values = append(values, intervalOf(c.at(p.Name, of.Name), m))
		}
		columns[m] = bars(values)
	}
	for i, of := range c.Contenders {
		cl := c.at(p.Name, of.Name)
		row := row{Head: of.Name, Note: floorNote(of)}
		if cl == nil || cl.Refused != "" {
			reason := "not measured"
			if cl != nil {
				reason = cl.Refused
			}
			row.Cells = append(row.Cells, words(reason))
			row.Cells = append(row.Cells, make([]cell, len(t.Head)-2)...)
			t.Rows = append(t.Rows, row)
			continue
		}
		for _, m := range metrics {
			if slices.Contains(drawn, m) {
				row.Cells = append(row.Cells, columns[m][i])
			}
			row.Cells = append(row.Cells, estimateCell(m, cl.Estimates[m]))
		}
		for _, of := range []func(*report.Quantiles) int64{func(q *report.Quantiles) int64 { return q.P50 }, func(q *report.Quantiles) int64 { return q.P99 }} {
			if q := cl.Latency.Main(); q != nil && !timed {
				row.Cells = append(row.Cells, num(duration(float64(of(q)))))
			} else if !timed {
				row.Cells = append(row.Cells, num("–"))
			}
		}
		t.Rows = append(t.Rows, row)
	}
	t.Note = "Medians of the rounds, and below them the interval of the true median. " + describe(&p)
	s.under("The base point", func() {
		s.table(t)
		c.curves(s, &p)
	})
}

// curves draws the latency percentiles of one point.
func (c *comparison) curves(s *section, p *report.Point) {
	chart := newPercentileChart("Latency by percentile, " + p.Name)
	for _, of := range c.Contenders {
		cl := c.at(p.Name, of.Name)
		if cl == nil {
			cl = &report.Cell{}
		}
		chart.add(series{name: of.Name, floor: of.Floor != ""}, cl.Curve, cl.Latency.Main())
	}
	chart.caption = "Response latency of all rounds together. Each further nine has as much room as the one before."
	s.chart(&chart.chart)
}

func (c *comparison) at(point, contender string) *report.Cell {
	return c.cell[[2]string{point, contender}]
}

// metricOrder is that of the columns; what is not in it follows by name.
var metricOrder = []string{"messages_per_s", "goodput_bytes_per_s", "p50_ns", "p99_ns", "wire_per_payload", "cpu_ns_per_message", "cpu_s_per_gib",
	"syscalls_per_message", "server_reads_per_message", "allocs_per_message", "server_cpu_ns_per_message", "server_allocs_per_message", "memory_bytes_per_connection"}

// metricsAt are the metrics that somebody has at a point, in the order of their columns.
func (c *comparison) metricsAt(point string) []string {
	var names []string
	for _, of := range c.Contenders {
		if cl := c.at(point, of.Name); cl != nil {
			for m := range cl.Estimates {
				if !slices.Contains(names, m) {
					names = append(names, m)
				}
			}
		}
	}
	rank := func(m string) string {
		if i := slices.Index(metricOrder, m); i >= 0 {
			return fmt.Sprintf("\x00%02d", i)
		}
		return m
	}
	slices.SortFunc(names, func(a, b string) int { return strings.Compare(rank(a), rank(b)) })
	return names
}

func intervalOf(cl *report.Cell, metric string) *interval {
	if cl == nil || cl.Estimates[metric] == nil {
		return nil
	}
	e := cl.Estimates[metric]
	return &interval{e.Low, e.Median, e.High}
}

func estimateCell(metric string, e *report.Estimate) cell {
	if e == nil {
		return num("–")
	}
	c := num(tell(metric, e.Median))
	if e.Low != e.High {
		c.Note = tell(metric, e.Low) + " to " + tell(metric, e.High)
	}
	return c
}

// tell is a value of a metric with the unit that stands at the end of its name.
func tell(metric string, v float64) string {
	switch {
	case strings.HasSuffix(metric, "bytes_per_s"):
		return goodput.format(v)
	case strings.HasSuffix(metric, "_per_s"):
		return countPerS.format(v)
	case strings.HasSuffix(metric, "_ns") || strings.Contains(metric, "_ns_per_"):
		return duration(v)
	case strings.Contains(metric, "_s_per_"):
		return strconv.FormatFloat(v, 'g', 3, 64) + " s"
	case strings.HasSuffix(metric, "_bytes") || strings.Contains(metric, "bytes_per_conn"):
		return byteCount(v)
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}

// describe is a point in words.
func describe(p *report.Point) string {
	arrival, of := "closed loop", joined(", ", p.Reader, p.Path, p.Neighbour)
	if p.Arrival != "" {
		arrival = "arrivals " + p.Arrival
	}
	return joined(", ", p.Workload, "messages of "+p.Sizes+" B", p.Payload, "segments "+p.Segments, "batch "+countOf(p.Batch), "depth "+countOf(p.Depth),
		plural(p.Connections, "connection"), arrival, of) + "."
}

// floorNote says of a contender that is none to choose what it is for.
func floorNote(of report.Contender) string {
	switch of.Floor {
	case "":
		if of.Framing != of.Name {
			return of.Framing
		}
		return ""
	case "framing":
		return "floor: our server, no framing"
	case "loop":
		return "floor: a bare loop"
	}
	return "floor of the " + of.Floor
}
