package page

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/loadframe/loadframe/internal/report"
	"github.com/loadframe/loadframe/internal/units"
)

// rateMetrics are drawn over every factor, where they were measured.
var rateMetrics = []struct {
	metric, title string
	y             axis
}{{"messages_per_s", "Messages a second", countPerS}, {"goodput_bytes_per_s", "Goodput", goodput}}

// bySize draws the rates over the size of the messages, the base point among them.
func (c *comparison) bySize(s *section) {
	points := c.varied("size")
	if len(points) < 2 {
		return
	}
	s.add(block{Heading: "By size of the messages"})
	for _, m := range rateMetrics {
		y := m.y
		y.label = m.title
		ch := &chart{title: m.title + " by size", caption: "Medians, with the interval of the true median as a line through the point.", y: y}
		var sizes, values []float64
		for _, of := range c.Contenders {
			line := series{name: of.Name, floor: of.Floor != ""}
			for _, p := range points {
				size, err := strconv.ParseFloat(p.Sizes, 64)
				if v := c.pointOf(p, of.Name, m.metric); v != nil && err == nil && size > 0 {
					v.x = size
					line.points = append(line.points, *v)
					sizes, values = append(sizes, size), append(values, v.y)
				}
			}
			slices.SortFunc(line.points, byX)
			ch.series = append(ch.series, line)
		}
		ch.x, ch.y.log = sizeAxis(sizes), wide(values)
		s.chart(ch)
	}
}

func byX(a, b point) int { return cmp.Compare(a.x, b.x) }

// pointOf is what a contender did at a point, nil if that is not known.
func (c *comparison) pointOf(p *report.Point, contender, metric string) *point {
	cl := c.at(p.Name, contender)
	if cl == nil || cl.Estimates[metric] == nil {
		return nil
	}
	e := cl.Estimates[metric]
	v := &point{y: e.Median}
	if e.Low != e.High {
		v.low, v.high = new(e.Low), new(e.High)
	}
	return v
}

// varied are the points in which one factor differs from the base point, after the base point itself.
func (c *comparison) varied(factor string) (all []*report.Point) {
	for i := range c.Points {
		if p := &c.Points[i]; i == 0 || p.Factor == factor {
			all = append(all, p)
		}
	}
	return all
}

// factors draws what each other factor changes: a place for the base point and for every value.
func (c *comparison) factors(s *section) {
	var names []string
	for _, p := range c.Points {
		if p.Factor != "" && p.Factor != "size" && !slices.Contains(names, p.Factor) {
			names = append(names, p.Factor)
		}
	}
	for _, name := range names {
		points := c.varied(name)
		if len(points) < 2 {
			continue
		}
		s.add(block{Heading: "By " + name})
		metric := rateMetrics[0]
		if points[0].Workload == "pull" {
			metric = rateMetrics[1]
		}
		s.chart(c.factorChart(name, points, metric.metric, metric.title))
		s.table(c.factorTable(name, points, metric.metric, metric.title))
	}
}

// factorChart draws each contender as a part of the best at the same point: what a factor does to all of them alike would hide what it
// does to one.
func (c *comparison) factorChart(name string, points []*report.Point, metric, title string) *chart {
	ch := &chart{title: title + " by " + name + ", against the best", caption: "Medians as parts of the best framing's at the same place, floors not counted, with the interval of the true median as a line through the point. The lines between the points only lead the eye, and break where a framing cannot.",
		x: axis{label: name, ticks: []tick{}, margin: 0.5}, y: axis{label: "part of the best", format: wholePercent}}
	for i, p := range points {
		ch.x.ticks = append(ch.x.ticks, tick{float64(i), valueName(p)})
	}
	ch.x.format = func(v float64) string { return ch.x.ticks[min(max(units.Whole(v), 0), int64(len(ch.x.ticks)-1))].text }
	best := make([]float64, len(points))
	for i, p := range points {
		for _, of := range c.Contenders {
			if v := c.pointOf(p, of.Name, metric); v != nil && of.Floor == "" {
				best[i] = max(best[i], v.y)
			}
		}
	}
	for _, of := range c.Contenders {
		line, gaps := series{name: of.Name, floor: of.Floor != ""}, 0
		for i, p := range points {
			if v := c.pointOf(p, of.Name, metric); v != nil && best[i] > 0 {
				at := v.over(best[i], float64(i))
				at.part = gaps
				line.points = append(line.points, at)
			} else {
				gaps++ // no line leads over what a framing cannot
			}
		}
		ch.series = append(ch.series, line)
	}
	return ch
}

// over is the point as a part of whole, at x.
func (p *point) over(whole, x float64) point {
	out := point{x: x, y: p.y / whole}
	if p.low != nil {
		out.low, out.high = new(*p.low/whole), new(*p.high/whole)
	}
	return out
}

func wholePercent(v float64) string { return fmt.Sprintf("%.1f %%", v*100) }

// factorTable says what became of each contender's own rate at the base point: that is what a factor costs it.
func (c *comparison) factorTable(name string, points []*report.Point, metric, title string) *table {
	t := &table{Caption: title + " by " + name + ", against the contender's own base", Fold: "Against the base point", Head: []string{"framing", "base"}}
	for _, p := range points[1:] {
		t.Head = append(t.Head, valueName(p))
	}
	for _, of := range c.Contenders {
		base := c.at(points[0].Name, of.Name)
		row := row{Head: of.Name}
		for i, p := range points {
			cl := c.at(p.Name, of.Name)
			switch {
			case cl == nil:
				row.Cells = append(row.Cells, num("–"))
			case cl.Refused != "":
				row.Cells = append(row.Cells, cell{Text: "refused", Note: cl.Refused, Words: true})
			case i == 0 || base == nil || base.Estimates[metric] == nil || !(base.Estimates[metric].Median > 0):
				row.Cells = append(row.Cells, estimateCell(metric, cl.Estimates[metric]))
			default:
				v := estimateCell(metric, cl.Estimates[metric])
				if e := cl.Estimates[metric]; e != nil {
					v.Text, v.Note = ratioPercent(e.Median/base.Estimates[metric].Median), v.Text
				}
				row.Cells = append(row.Cells, v)
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func valueName(p *report.Point) string {
	switch {
	case p.Factor == "":
		return "base"
	case p.Value != "":
		return p.Value
	}
	return p.Name
}

// overTime draws the rounds of the base point one after the other: what drifts is seen in all of them at once.
func (c *comparison) overTime(s *section) {
	if len(c.Points) == 0 {
		return
	}
	for _, m := range []struct {
		title, label string
		y            axis
		of           func(*report.Interval) *float64
	}{{"Messages over time, base point", "messages/s", countPerS, func(v *report.Interval) *float64 { return v.MessagesPerS }},
		{"Goodput over time, base point", "goodput", goodput, func(v *report.Interval) *float64 { return &v.GoodputBytesPerS }}} {
		y := m.y
		y.label = m.label
		ch := &chart{title: m.title, caption: "The rounds of each framing one after the other, without the rounds of the others between them.", x: secondsAxis, y: y}
		ch.x.label = "seconds, of this framing alone"
		for _, of := range c.Contenders {
			line := series{name: of.Name, floor: of.Floor != ""}
			if cl := c.at(c.Points[0].Name, of.Name); cl != nil {
				line.points = timeline([]stretch{{0, endToEnd(cl.Intervals)}}, m.of)
			}
			ch.series = append(ch.series, line)
		}
		s.chart(ch)
	}
}

// endToEnd gives intervals whose times begin anew with each round times that go on.
func endToEnd(in []report.Interval) []report.Interval {
	out := slices.Clone(in)
	shift, end := 0.0, 0.0
	for i := range out {
		if in[i].StartS+shift < end-1e-6 {
			shift = end - in[i].StartS
		}
		out[i].StartS, out[i].EndS = in[i].StartS+shift, in[i].EndS+shift
		end = out[i].EndS
	}
	return out
}
