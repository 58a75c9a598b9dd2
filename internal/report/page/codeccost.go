package page

import (
	"slices"
	"strconv"

	"github.com/loadframe/loadframe/internal/report"
)

// costs are of the codecs alone, in memory: what no connection hides. Drawn are the times of the first payload and the first way to cut it;
// the table has all.
func (c *comparison) costs(s *section) {
	s.under("Cost of the codecs alone", func() {
		if len(c.Costs) > 0 {
			s.chart(c.costChart("Decoding a frame", func(o *report.CodecCost) *report.Estimate { return o.Decode }))
			s.chart(c.costChart("Encoding a frame", func(o *report.CodecCost) *report.Estimate { return o.Encode }))
		}
		s.table(c.costTable())
	})
}

func (c *comparison) costChart(title string, of func(*report.CodecCost) *report.Estimate) *chart {
	first := c.Costs[0]
	ch := &chart{title: title, caption: "Processor time in memory, without a connection: payload " + first.Payload + ", wire " + first.Segments + ". Medians, with the interval of the true median as a line through the point.",
		y: axis{label: "time of a frame", format: nanos}}
	var sizes, values []float64
	for _, contender := range c.Contenders {
		line := series{name: contender.Name, floor: contender.Floor != ""}
		for i := range c.Costs {
			o := &c.Costs[i]
			size, err := strconv.ParseFloat(o.Sizes, 64)
			if e := of(o); e != nil && err == nil && size > 0 && o.Contender == contender.Name && o.Payload == first.Payload && o.Segments == first.Segments {
				line.points = append(line.points, point{x: size, y: e.Median, low: new(e.Low), high: new(e.High)})
				sizes, values = append(sizes, size), append(values, e.Median)
			}
		}
		slices.SortFunc(line.points, byX)
		ch.series = append(ch.series, line)
	}
	ch.x, ch.y.log = sizeAxis(sizes), wide(values)
	return ch
}

func (c *comparison) costTable() *table {
	t := &table{Caption: "Processor time of a frame, in memory", Head: []string{"framing", "payload", "wire", "encode", "decode", "allocations", "bytes scanned", "bytes copied"},
		Fold: "All sizes, payloads and cuts", Note: "Allocations of encoding and decoding; scanned and copied are for each byte received."}
	for _, o := range c.Costs {
		row := row{Head: o.Contender, Cells: []cell{{Text: joined(" B, ", o.Sizes, o.Payload)}, {Text: o.Segments}}}
		if o.Refused != "" {
			row.Cells = append(row.Cells, words(o.Refused))
			row.Cells = append(row.Cells, make([]cell, 4)...)
		} else {
			row.Cells = append(row.Cells, nanosCell(o.Encode), nanosCell(o.Decode),
				num(joined(" + ", optional(o.EncodeAllocs), optional(o.DecodeAllocs))), num(optional(o.Scanned)), num(optional(o.Copied)))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// nanos tells a time of a frame: of a few ns the tenths matter.
func nanos(v float64) string {
	if v < 100 {
		return strconv.FormatFloat(v, 'f', 1, 64) + " ns"
	}
	return duration(v)
}

func nanosCell(e *report.Estimate) cell {
	if e == nil {
		return num("–")
	}
	c := num(nanos(e.Median))
	if e.Low != e.High {
		c.Note = nanos(e.Low) + " to " + nanos(e.High)
	}
	return c
}

func optional(v *float64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatFloat(*v, 'f', 2, 64)
}
