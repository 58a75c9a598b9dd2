package page

import (
	"slices"
	"strconv"

	"github.com/loadframe/loadframe/internal/report"
	"github.com/loadframe/loadframe/internal/units"
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
	return digits(units.Whole(v)) + " B"
}
