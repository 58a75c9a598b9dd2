package page

import (
	"math"
	"slices"
)

// bandsMost is how many places of a chart answer to the pointer.
const bandsMost = 120

// band is a strip of the plot. While the pointer is in it, the style sheet shows its line and the values there.
type band struct {
	X, Width string // of the strip that the pointer hits
	Mid      string // of the line
	At       string // the place
	AtAnchor string
	Anchor   string // of the texts
	DX       string // of the texts, from the line
	Values   []reading
}

// reading is the value of one line in a band. Y is where the value is, TextY where its text stands: apart from the others.
type reading struct{ Class, Y, TextY, Text, Name string }

// bands parts the width among the places where something is drawn.
func (d *drawing) bands(x, y *scale, all []series) {
	type found struct {
		n int
		p point
	}
	groups := map[int][]found{}
	for n, s := range all {
		seen := map[int]bool{}
		for _, p := range s.points {
			at := int(math.Round(x.at(p.x) * bandsMost))
			if !seen[at] {
				seen[at] = true
				groups[at] = append(groups[at], found{n, p})
			}
		}
	}
	var places []int
	for at := range groups {
		places = append(places, at)
	}
	slices.Sort(places)
	for i, at := range places {
		group := groups[at]
		mid := x.at(group[0].p.x)
		left, right := 0.0, 1.0
		if i > 0 {
			left = float64(places[i-1]+at) / 2 / bandsMost
		}
		if i < len(places)-1 {
			right = float64(places[i+1]+at) / 2 / bandsMost
		}
		b := band{X: percent(left), Width: percent(right - left), Mid: percent(mid), At: x.tell(group[0].p), AtAnchor: "middle", Anchor: "start", DX: "8"}
		if mid > 0.5 {
			b.Anchor, b.DX = "end", "-8"
		}
		switch { // within the edges, also where there is little room
		case mid > 0.8:
			b.AtAnchor = "end"
		case mid < 0.2:
			b.AtAnchor = "start"
		}
		for _, f := range group {
			value := y.format(f.p.y)
			py := d.down(y.at(f.p.y))
			name := ""
			if len(all) > 1 {
				name = all[f.n].name
			}
			b.Values = append(b.Values, reading{Class: legendKey(f.n), Y: pixel(py), TextY: pixel(py), Text: value, Name: name})
		}
		spread(b.Values, group, func(f found) float64 { return d.down(y.at(f.p.y)) }, float64(d.Height))
		d.Bands = append(d.Bands, b)
	}
}

// spread moves texts apart that would stand on each other, from the top down, and up again where the ground is reached.
func spread[T any](values []reading, of []T, at func(T) float64, height float64) {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(math.Copysign(1, at(of[a])-at(of[b]))) })
	ys := make([]float64, len(values))
	least := math.Inf(-1)
	for i, n := range order {
		ys[i] = max(at(of[n]), least, labelRoom)
		least = ys[i] + labelRoom
	}
	most := height - 2
	for i := len(ys) - 1; i >= 0; i-- {
		ys[i] = min(ys[i], most)
		most = ys[i] - labelRoom
	}
	for i, n := range order {
		values[n].TextY = pixel(ys[i])
	}
}
