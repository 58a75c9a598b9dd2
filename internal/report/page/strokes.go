package page

import (
	"fmt"
	"strings"
)

// A line is known by three things, so that none of them has to be seen: its colour, its dashes and its marker. Their numbers have no
// common factor with each other, but for colours and dashes: 8 colours with 7 markers are 56 lines before two are alike.
const (
	colours = 8
	dashes  = 5
	toggled = 32 // lines that the legend can hide
)

// marker is a symbol around 0, 0.
type marker struct{ ID, Path string }

var markers = []marker{
	{"m0", "M-4 0A4 4 0 1 0 4 0A4 4 0 1 0 -4 0Z"},                          // circle
	{"m1", "M-3.5 -3.5H3.5V3.5H-3.5Z"},                                     // square
	{"m2", "M0 -4.6L4.3 3.2H-4.3Z"},                                        // triangle
	{"m3", "M0 -5L5 0L0 5L-5 0Z"},                                          // diamond
	{"m4", "M0 4.6L4.3 -3.2H-4.3Z"},                                        // triangle on its head
	{"m5", "M-4.5 -1.4H-1.4V-4.5H1.4V-1.4H4.5V1.4H1.4V4.5H-1.4V1.4H-4.5Z"}, // plus
	{"m6", "M-5 -2.5L0 -5L5 -2.5V2.5L0 5L-5 2.5Z"},                         // hexagon
}

// seriesClass is what the style sheet knows line n by. The second of a pair has the colour of the first, and dashes of its own; a floor
// has none of the colours.
func seriesClass(n int, s series) string {
	dash := s.colour % dashes
	switch {
	case s.floor:
		return fmt.Sprintf("%s floor d%d", legendKey(n), 1+s.colour%(dashes-1))
	case s.dashed:
		dash = (dash + 2) % dashes
	}
	return fmt.Sprintf("%s c%d d%d", legendKey(n), s.colour%colours, dash)
}

func legendKey(n int) string { return fmt.Sprintf("k%d", n) }

// seriesStyle are the rules by which the legend hides a line and the pointer on it fades the others: without a script it takes one for
// each number.
func seriesStyle() string {
	var b strings.Builder
	for n := range toggled {
		k := legendKey(n)
		fmt.Fprintf(&b, "figure:has(.legend .%s input:not(:checked)) .plot .%s{display:none}\n", k, k)
		fmt.Fprintf(&b, "figure:has(.legend .%s:hover) .plot .line:not(.%s){opacity:.15}\n", k, k)
	}
	return b.String()
}
