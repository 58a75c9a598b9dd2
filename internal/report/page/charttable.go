package page

import (
	"cmp"
	"slices"
)

// table has everything that is drawn: a row for each place, a column for each line.
func (c *chart) table(all []series) *table {
	t := &table{Caption: c.title, Head: []string{c.x.label}}
	type place struct {
		x  float64
		at string
	}
	var places []place
	cells := map[string][]cell{} // by what the place is called: the clocks of two runs do not tick together
	for i, s := range all {
		t.Head = append(t.Head, s.name)
		for _, p := range s.points {
			at := place{p.x, c.x.tell(p)}
			if cells[at.at] == nil {
				cells[at.at] = make([]cell, len(all))
				places = append(places, at)
			}
			v := num(c.y.format(p.y))
			if p.low != nil {
				v.Note = c.y.format(*p.low) + " to " + c.y.format(*p.high)
			}
			cells[at.at][i] = v
		}
	}
	slices.SortStableFunc(places, func(a, b place) int { return cmp.Compare(a.x, b.x) })
	for _, at := range places {
		t.Rows = append(t.Rows, row{Head: at.at, Cells: cells[at.at]})
	}
	t.Fold = "Table: " + plural(len(t.Rows), "row")
	return t
}

// tell is the x of a point in words.
func (a *axis) tell(p point) string {
	if p.at != "" {
		return p.at
	}
	return a.format(p.x)
}
