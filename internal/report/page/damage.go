package page

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/loadframe/loadframe/internal/report"
)

// damages says what a framing makes of damaged streams: first what matters most, how often it delivers what was never sent, and behind
// that everything.
func (c *comparison) damages(s *section) {
	if len(c.Damages) == 0 {
		return
	}
	s.add(block{Heading: "What becomes of damaged streams"})
	s.table(c.silence())
	var kinds []string
	for _, d := range c.Damages {
		if !slices.Contains(kinds, d.Kind) {
			kinds = append(kinds, d.Kind)
		}
	}
	for _, kind := range kinds {
		s.table(c.damage(kind))
	}
}

// silence has the probability that a damage goes by unnoticed: a row for each framing, a column for each damage.
func (c *comparison) silence() *table {
	t := &table{Caption: "Silent: a frame was delivered that was not sent", Head: []string{"framing"}, Note: "Probability and its 95 % interval. Nothing is worse than damage that nobody notices: framings with a checksum have none of it."}
	type column struct{ kind, place string }
	var columns []column
	found := map[[3]string]*report.Damage{}
	for i := range c.Damages {
		d := &c.Damages[i]
		if at := (column{d.Kind, d.Place}); !slices.Contains(columns, at) {
			columns = append(columns, at)
			t.Head = append(t.Head, d.Kind+", "+d.Place)
		}
		found[[3]string{d.Contender, d.Kind, d.Place}] = d
	}
	for _, of := range c.Contenders {
		row := row{Head: of.Name}
		known := false
		for _, at := range columns {
			d := found[[3]string{of.Name, at.kind, at.place}]
			known = known || d != nil
			row.Cells = append(row.Cells, silent(d))
		}
		if known {
			t.Rows = append(t.Rows, row)
		}
	}
	return t
}

func (c *comparison) damage(kind string) *table {
	t := &table{Caption: "Damage: " + kind, Fold: "All figures of: " + kind, Head: []string{"framing", "place", "trials", "detected", "silent", "frames lost",
		"detected after", "resynchronized after", "frames until then", "never"}}
	for i := range c.Damages {
		d := &c.Damages[i]
		if d.Kind != kind {
			continue
		}
		row := row{Head: d.Contender, Cells: []cell{{Text: d.Place}, num(digits(int64(d.Trials)))}}
		if d.Refused != "" {
			row.Cells = append(row.Cells, words(d.Refused))
			row.Cells = append(row.Cells, make([]cell, 6)...)
		} else {
			row.Cells = append(row.Cells, probability(d.Detected), probability(d.Silent), mean(d.Lost, plainNumber), mean(d.Distance, byteCount),
				mean(d.ResyncBytes, byteCount), mean(d.ResyncFrames, plainNumber), probability(d.NeverResynced))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func silent(d *report.Damage) cell {
	switch {
	case d == nil:
		return num("–")
	case d.Refused != "":
		return cell{Text: "no such place", Kind: "none"}
	}
	return probability(d.Silent)
}

func probability(p *report.Probability) cell {
	if p == nil {
		return num("–")
	}
	return cell{Text: ratioPercent(p.P), Note: ratioPercent(p.Low) + " to " + ratioPercent(p.High), Kind: "num"}
}

func mean(m *report.Mean, format func(float64) string) cell {
	if m == nil || m.Count == 0 {
		return num("–")
	}
	c := num(format(m.Mean))
	if m.Low != m.High {
		c.Note = format(m.Low) + " to " + format(m.High)
	}
	return c
}

func plainNumber(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) }

func byteCount(v float64) string {
	if v < 1000 {
		return strconv.FormatFloat(v, 'f', 1, 64) + " B"
	}
	return digits(whole(v)) + " B"
}

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
		return digits(whole(v)) + " %"
	}
	return strconv.FormatFloat(v, 'g', 3, 64) + " %"
}

func ratio(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }

// costs are of the codecs alone, in memory: what no connection hides.
func (c *comparison) costs(s *section) {
	t := &table{Caption: "Processor time of a frame, in memory", Head: []string{"framing", "payload", "encode", "decode", "allocations", "bytes scanned", "bytes copied"},
		Note: "Encode and decode of one frame without a connection; scanned and copied are for each byte received."}
	for _, o := range c.Costs {
		row := row{Head: o.Contender, Cells: []cell{{Text: joined(", ", o.Sizes+" B", o.Payload, o.Segments)}}}
		if o.Refused != "" {
			row.Cells = append(row.Cells, words(o.Refused))
			row.Cells = append(row.Cells, make([]cell, 4)...)
		} else {
			row.Cells = append(row.Cells, estimateCell("encode_ns", o.Encode), estimateCell("decode_ns", o.Decode),
				num(joined(" + ", optional(o.EncodeAllocs), optional(o.DecodeAllocs))), num(optional(o.Scanned)), num(optional(o.Copied)))
		}
		t.Rows = append(t.Rows, row)
	}
	s.under("Cost of the codecs alone", func() { s.table(t) })
}

func optional(v *float64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatFloat(*v, 'f', 2, 64)
}

// refusals are what could not be measured, with the reason: that a framing cannot carry a payload is a result.
func (c *comparison) refusals(s *section) {
	t := &table{Caption: "What a framing cannot do", Head: []string{"framing", "where", "reason"}}
	add := func(contender, where, reason string) {
		if reason != "" {
			t.Rows = append(t.Rows, row{Head: contender, Cells: []cell{{Text: where}, words(reason)}})
		}
	}
	for _, cl := range c.Cells {
		add(cl.Contender, cl.Point, cl.Refused)
	}
	for _, o := range c.Overheads {
		add(o.Contender, fmt.Sprintf("overhead, %d B, %s", o.Size, o.Payload), o.Refused)
	}
	s.under("Refused", func() { s.table(t) })
}

func (c *comparison) settings(s *section) {
	t := &table{Caption: "Settings", Fold: "Settings, host and command", Head: []string{"key", "value"}}
	set := func(key, value string) {
		t.Rows = append(t.Rows, row{Head: key, Cells: []cell{words(value)}})
	}
	set("command", joined(" ", c.Command...))
	flatten("experiment", c.Experiment, set)
	for _, p := range c.Points {
		set("point "+p.Name, describe(&p))
	}
	for _, of := range c.Contenders {
		set("framing "+of.Name, of.Framing)
		for _, p := range c.Points {
			if cl := c.at(p.Name, of.Name); cl != nil {
				for _, reason := range doubts(cl.Health) {
					set("doubt "+p.Name+", "+of.Name, reason)
				}
			}
		}
	}
	flatten("host", c.Host, set)
	flatten("tool", c.Tool, set)
	s.table(t)
}
