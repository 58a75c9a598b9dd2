package page

import (
	"bytes"
	"fmt"
	"image/color"
	"image/png"
	"math"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
)

// drawnLine is a line as the browser has it.
type drawnLine struct {
	Figure, Name         string
	Vertices             int
	Length               float64
	Left, Right          float64 // of the line, from the left of the plot and in parts of its width
	Top, Bottom          float64
	Stroke               string
	Marks, Width, Height float64
}

const drawnLines = `[...document.querySelectorAll('figure')].flatMap(f=>[...f.querySelectorAll('.plot .line')].map(l=>{
const path=l.querySelector('path'),box=path.getBoundingClientRect(),plot=f.querySelector('.plot>svg').getBoundingClientRect();
return {Figure:f.id,Name:l.querySelector('title').textContent,Vertices:path.getAttribute('d').match(/[ML]/g).length,Length:path.getTotalLength(),
Left:(box.left-plot.left)/plot.width,Right:(box.right-plot.left)/plot.width,Top:(box.top-plot.top)/plot.height,Bottom:(box.bottom-plot.top)/plot.height,
Stroke:getComputedStyle(path).stroke,Marks:l.querySelectorAll('use').length,Width:plot.width,Height:plot.height}}))`

// Every plot is there, with every line, and every line has its points within the plot.
func testDrawn(p *tab, docs []Document) {
	t := p.T
	want, err := newPage(docs)
	if err != nil {
		t.Fatal(err)
	}
	got := eval[[]drawnLine](p, drawnLines)
	i, figures := 0, 0
	for _, s := range want.Sections {
		for _, bl := range s.Blocks {
			if bl.Chart == nil {
				continue
			}
			figures++
			for _, l := range bl.Chart.Lines {
				if i >= len(got) {
					t.Fatalf("%s: line %q is not drawn", bl.Chart.ID, l.Name)
				}
				g := got[i]
				i++
				if g.Figure != bl.Chart.ID || g.Name != l.Name || g.Vertices != l.Points || g.Points() == 0 {
					t.Errorf("%s: drawn is %q with %d points, want %q with %d", g.Figure, g.Name, g.Vertices, l.Name, l.Points)
				}
				if g.Vertices > 1 && !(g.Length > 0) || g.Width < 800 || g.Height < 200 {
					t.Errorf("%s: %q is %.0f long in a plot of %.0f x %.0f", g.Figure, g.Name, g.Length, g.Width, g.Height)
				}
				if g.Left < -0.001 || g.Right > 1.001 || g.Top < -0.001 || g.Bottom > 1.001 {
					t.Errorf("%s: %q leaves the plot: %+v", g.Figure, g.Name, g)
				}
				if g.Stroke == "none" || g.Stroke == "" {
					t.Errorf("%s: %q has no colour", g.Figure, g.Name)
				}
			}
		}
	}
	if i != len(got) || figures == 0 {
		t.Errorf("%d lines are drawn, want %d, in %d figures", len(got), i, figures)
	}
}

// Points is how many of them can be told from each other.
func (l drawnLine) Points() int { return min(l.Vertices, int(l.Marks)) }

// What is drawn is seen: each line of a page has left its colour on the picture.
func testPixels(t *testing.T, b *browser) {
	for _, scheme := range []string{"light", "dark"} {
		p := b.open(t, write(t, Document{Body: sampleOpen()}), 1000)
		p.media("screen", scheme)
		for n := range eval[int](p, "document.querySelectorAll('figure').length") {
			strokes := eval[[]string](p, fmt.Sprintf("[...document.querySelectorAll('figure')[%d].querySelectorAll('.plot .stroke')].map(l=>getComputedStyle(l).stroke)", n))
			id := eval[string](p, fmt.Sprintf("document.querySelectorAll('figure')[%d].id", n))
			shot, err := chromedp.Run(p.ctx, chromedp.Screenshot(chromedp.CSS("#"+id+" .plot")))
			if err != nil {
				t.Fatal(err)
			}
			img, err := png.Decode(bytes.NewReader(shot))
			if err != nil {
				t.Fatal(err)
			}
			for _, stroke := range slices.Compact(slices.Sorted(slices.Values(strokes))) {
				want, found := parseColour(t, stroke), 0
				for y := range img.Bounds().Dy() {
					for x := range img.Bounds().Dx() {
						if near(img.At(x, y), want) {
							found++
						}
					}
				}
				if found < 200 { // a thin line across the plot has a thousand and more
					t.Errorf("%s, %s: %d pixels have the colour %s", scheme, id, found, stroke)
				}
			}
		}
	}
}

func near(c color.Color, want [3]float64) bool {
	r, g, b, _ := c.RGBA()
	for i, v := range []uint32{r, g, b} {
		if math.Abs(float64(v>>8)-want[i]) > 12 {
			return false
		}
	}
	return true
}

func parseColour(t *testing.T, s string) (c [3]float64) {
	t.Helper()
	if _, err := fmt.Sscanf(s, "rgb(%f, %f, %f)", &c[0], &c[1], &c[2]); err != nil {
		t.Fatalf("colour %q: %v", s, err)
	}
	return c
}
