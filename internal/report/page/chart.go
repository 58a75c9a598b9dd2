package page

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// chart is what is to be drawn: lines over one pair of axes.
type chart struct {
	title   string
	caption string // what is seen, and what was left out
	x, y    axis
	series  []series
	marks   []upright
}

// upright is a line from the ground to the top at a place that has a meaning.
type upright struct {
	x    float64
	kind string // "confirmed", "failed", "knee"
	text string
}

// series is one line and its name.
type series struct {
	name   string
	points []point // in the order in which they are joined
	loose  bool    // the points stand for themselves and are not joined
	dashed bool    // the second of a pair: same colour and marker as the one before
	floor  bool    // nothing to choose: grey
	colour int     // draw counts it, over lines without points too: what has one name has one colour in all charts
}

// point is one place of a line.
type point struct {
	x, y      float64
	low, high *float64 // of y; nil: no interval is known
	at        string   // x in words; empty: as the axis tells it
	part      int      // the line is broken where this changes
}

// drawing is a chart in coordinates: across in percent of the width, down in pixels.
type drawing struct {
	ID, Title, Caption string
	XLabel, YLabel     string
	Height             int // of the plot alone
	Bottom, Middle     int
	XTicks, YTicks     []tickMark
	Lines              []line
	Uprights           []uprightMark
	Bands              []band
	Legend             []legendEntry
	Table              *table
}

type tickMark struct {
	X      string
	Y      string
	Text   string
	Anchor string
	Second bool // may be left out where there is little room
}

type line struct {
	Class  string // colour, dash and number
	Name   string
	Path   string // in a box of 1000 by Height
	Points int
	Marks  []mark
	Errors []whisker
}

type mark struct{ X, Y, Symbol string }

// uprightMark has a letter at its top, and its text in a list below: beside the line there is no room.
type uprightMark struct{ X, Kind, Letter, LetterY, Text string }

// whisker is the interval of a point.
type whisker struct{ X, Y1, Y2 string }

type legendEntry struct {
	Class, Key, Name, Symbol string
	Toggle                   bool // the style sheet knows the line
}

// The measures of a drawing.
const (
	plotHeight = 260
	labelRoom  = 15 // pixels between two lines of text
	marksMost  = 14 // of a line with many points; they tell it from others, the line tells the values
)

// draw returns nil if there is not a single point that can be drawn. Points that are no numbers are left out.
func (c *chart) draw() *drawing {
	var kept []series
	var xs, ys []float64
	total, drawn := 0, 0
	colour := -1
	for i, s := range c.series {
		if s.floor {
			s.colour = i
		} else if colour++; s.dashed && i > 0 {
			colour--
		}
		if !s.floor {
			s.colour = max(colour, 0)
		}
		s.points = slices.DeleteFunc(slices.Clone(s.points), func(p point) bool { return !drawable(p.x) || !drawable(p.y) })
		if len(s.points) == 0 {
			continue
		}
		total += len(s.points)
		s.points = thin(s.points, drawnMost)
		drawn += len(s.points)
		for i := range s.points {
			p := &s.points[i]
			xs, ys = append(xs, p.x), append(ys, p.y)
			if p.low == nil || p.high == nil || !drawable(*p.low) || !drawable(*p.high) {
				p.low, p.high = nil, nil
				continue
			}
			ys = append(ys, *p.low, *p.high)
		}
		kept = append(kept, s)
	}
	if len(kept) == 0 {
		return nil
	}
	d := &drawing{Title: c.title, Caption: c.caption, XLabel: c.x.label, YLabel: c.y.label, Height: plotHeight, Bottom: plotHeight + 18, Middle: plotHeight / 2}
	if drawn < total {
		d.Caption = joined(" ", d.Caption, fmt.Sprintf("%d of %d points are drawn, so that the line looks as it would with all.", drawn, total))
	}
	for _, m := range c.marks {
		xs = append(xs, m.x)
	}
	x, y := newScale(c.x, xs), newScale(c.y, ys)
	if y.log {
		d.YLabel += ", logarithmic"
	}
	d.ticks(&x, &y)
	for n, s := range kept {
		d.line(&x, &y, s, n, len(kept))
	}
	d.uprights(&x, c.marks)
	d.bands(&x, &y, kept)
	d.Table = c.table(kept)
	return d
}

func (d *drawing) ticks(x, y *scale) {
	for i, t := range x.ticks {
		m := tickMark{X: percent(x.at(t.at)), Text: t.text, Anchor: "middle", Second: i%2 == 1 && len(x.ticks) > 5}
		d.XTicks = append(d.XTicks, m)
	}
	for _, t := range y.ticks {
		d.YTicks = append(d.YTicks, tickMark{Y: pixel(d.down(y.at(t.at))), Text: t.text})
	}
}

// uprights draws the marks from left to right. Letters that would stand on each other are on two levels.
func (d *drawing) uprights(x *scale, marks []upright) {
	marks = slices.SortedStableFunc(slices.Values(marks), func(a, b upright) int { return cmp.Compare(a.x, b.x) })
	last, level := -1.0, 0
	for i, m := range marks {
		at := x.at(m.x)
		if level = 1 - level; at-last > 0.04 {
			level = 0
		}
		last = at
		d.Uprights = append(d.Uprights, uprightMark{X: percent(at), Kind: m.kind, Letter: letter(i), LetterY: countOf(-5 - level*13), Text: m.text})
	}
}

// letter is the name of mark number n: A to Z, then numbers.
func letter(n int) string {
	if n < 26 {
		return string(rune('A' + n))
	}
	return countOf(n + 1)
}

// down is the pixel from the top for a part of the height.
func (d *drawing) down(part float64) float64 { return float64(d.Height) * (1 - part) }

func pixel(v float64) string { return fmt.Sprintf("%.1f", v) }

// line adds a line: number n of so many.
func (d *drawing) line(x, y *scale, s series, n, of int) {
	symbol := "#" + markers[s.colour%len(markers)].ID
	l := line{Class: seriesClass(n, s), Name: s.name, Points: len(s.points)}
	var path strings.Builder
	every := max(1, (len(s.points)+marksMost-1)/marksMost)
	for i, p := range s.points {
		px, py := x.at(p.x), d.down(y.at(p.y))
		op := "L"
		if i == 0 || s.loose || s.points[i-1].part != p.part {
			op = "M"
		}
		fmt.Fprintf(&path, "%s%.2f %.1f", op, px*1000, py)
		if i%every == 0 || i == len(s.points)-1 {
			l.Marks = append(l.Marks, mark{percent(px), pixel(py), symbol})
		}
		if p.low != nil {
			l.Errors = append(l.Errors, whisker{percent(px), pixel(d.down(y.at(*p.low))), pixel(d.down(y.at(*p.high)))})
		}
	}
	l.Path = path.String()
	d.Lines = append(d.Lines, l)
	if of > 1 {
		d.Legend = append(d.Legend, legendEntry{Class: l.Class, Key: legendKey(n), Name: s.name, Symbol: symbol, Toggle: n < toggled})
	}
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
