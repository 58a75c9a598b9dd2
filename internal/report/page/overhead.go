package page

import (
	"slices"
	"strconv"

	"github.com/loadframe/loadframe/internal/units"
)

// overheads draws what a framing adds, for each kind of payload.
func (c *comparison) overheads(s *section) {
	var kinds []string
	for _, o := range c.Overheads {
		if !slices.Contains(kinds, o.Payload) {
			kinds = append(kinds, o.Payload)
		}
	}
	s.under("Overhead on the wire", func() {
		for _, kind := range kinds {
			s.chart(c.overheadChart(kind))
			s.table(c.overheadTable(kind))
		}
	})
}

func (c *comparison) overheadChart(kind string) *chart {
	ch := &chart{title: "Overhead, payload " + kind, caption: "Wire bytes more than payload bytes, in the mean. Counted, not timed. What adds nothing lies on the ground.",
		y: axis{label: "more than the payload", log: true, format: morePercent}}
	var sizes []float64
	for _, of := range c.Contenders {
		line := series{name: of.Name, floor: of.Floor != ""}
		for _, o := range c.Overheads {
			if o.Contender == of.Name && o.Payload == kind && o.Refused == "" && o.Size > 0 {
				line.points = append(line.points, point{x: float64(o.Size), y: max(o.Mean-1, 0) * 100})
				sizes = append(sizes, float64(o.Size))
			}
		}
		slices.SortFunc(line.points, byX)
		ch.series = append(ch.series, line)
	}
	ch.x = sizeAxis(sizes)
	return ch
}

func (c *comparison) overheadTable(kind string) *table {
	t := &table{Caption: "Overhead, payload " + kind + ", against theory", Fold: "Mean, worst, bound and theory", Head: []string{"framing", "payload bytes", "mean", "worst", "bound", "theory"}}
	for _, o := range c.Overheads {
		if o.Payload != kind {
			continue
		}
		row := row{Head: o.Contender, Cells: []cell{num(digits(o.Size))}}
		if o.Refused != "" {
			row.Cells = append(row.Cells, words(o.Refused), cell{}, cell{}, cell{})
		} else {
			row.Cells = append(row.Cells, num(ratio(o.Mean)), num(ratio(o.Worst)), num(ratio(o.Bound)), num(o.Exact))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// morePercent tells a surplus that may be tiny or several times the whole.
func morePercent(v float64) string {
	if v >= 100 {
		return digits(units.Whole(v)) + " %"
	}
	return strconv.FormatFloat(v, 'g', 3, 64) + " %"
}

func ratio(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }
