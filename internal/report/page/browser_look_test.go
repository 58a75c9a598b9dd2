package page

import (
	"bytes"
	"fmt"
	"image/color"
	"image/png"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/loadframe/loadframe/internal/report"
)

// samples are pages of every kind.
func samples() map[string][]Document {
	return map[string][]Document{
		"single":     {{Body: sampleOpen()}},
		"overlay":    {{"before", sampleResult(1, "u32", 40, 310e3)}, {"after", sampleResult(2, "uvarint", 40, 330e3)}, {"third", sampleResult(4, "cobs", 60, 230e3)}},
		"repeats":    {{"before", sampleRepeat(1, "u32", 310e3)}, {"after", sampleRepeat(20, "u32", 340e3)}},
		"long":       {{Body: sampleResult(5, "u32", 5000, 310e3)}},
		"merged":     {{Body: sampleMerged()}},
		"merges":     {{"before", sampleMerged()}, {"after", sampleMerged()}},
		"comparison": {{Body: sampleComparison()}},
		"capacity":   {{Body: sampleCapacity()}},
		"mixed": {{Body: sampleCapacity()}, {"sender", &report.Sent{Tool: sampleTool, Host: sampleHost, Tried: 100, Delivered: 98, Failed: map[string]int64{"refused": 2}, Transport: "tcp", Addr: "127.0.0.1:8500"}},
			{"receiver", &report.Received{Tool: sampleTool, Host: sampleHost, Records: 98, Delay: &report.OneWay{Count: 98, Min: 1000, P50: 2000, P99: 5000, Max: 6000}}}, {"one", sampleResult(1, "u32", 40, 310e3)}},
	}
}

// One browser for all: it takes as long to start as all of them together.
func TestBrowser(t *testing.T) {
	switch {
	case testing.Short():
		t.Skip("-short")
	case raceDetector:
		t.Skip("the race detector sees nothing of a browser, and takes three times as long")
	}
	b := startBrowser(t)
	t.Run("instruments", func(t *testing.T) { testInstruments(t, b) })
	t.Run("served", func(t *testing.T) { testServed(t, b) })
	for name, docs := range samples() {
		t.Run(name, func(t *testing.T) {
			p := b.open(t, write(t, docs...), 1200)
			testDrawn(p, docs)
			testStructure(p)
			testPhone(p)
			p.quiet(b)
		})
	}
	t.Run("pixels", func(t *testing.T) { testPixels(t, b) })
	t.Run("keyboard", func(t *testing.T) { testKeyboard(t, b) })
	t.Run("pointer", func(t *testing.T) { testPointer(t, b) })
	t.Run("contrast", func(t *testing.T) { testContrast(t, b) })
	t.Run("print", func(t *testing.T) { testPrint(t, b) })
	t.Run("hostile", func(t *testing.T) { testHostile(t, b) })
	t.Run("policy", func(t *testing.T) { testPolicy(t, b) })
}

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

// At 360 pixels nothing goes over the edge but what scrolls within itself, and no name of an axis stands on another.
func testPhone(p *tab) {
	t := p.T
	p.do(chromedp.EmulateViewport(360, 740, chromedp.EmulateMobile))
	eval[bool](p, "document.querySelectorAll('details').forEach(d=>d.open=true)===undefined")
	if w := eval[float64](p, "document.documentElement.scrollWidth"); w > 360 {
		t.Errorf("the page is %.0f wide", w)
	}
	wide := eval[[]string](p, `[...document.querySelectorAll('main *,header *,footer *')].filter(e=>!e.closest('.scroll *')&&!e.matches('g,.hit,.skip')&&getComputedStyle(e).display!='none'&&e.getBoundingClientRect().width>0&&e.getBoundingClientRect().right>361).map(e=>e.tagName+' '+(e.id||e.className.baseVal||e.className)+' '+e.textContent.slice(0,40)).slice(0,5)`)
	if len(wide) > 0 {
		t.Errorf("over the edge: %q", wide)
	}
	for _, axis := range []string{".grid g text", ".grid>text"} {
		over := eval[[]string](p, fmt.Sprintf(`[...document.querySelectorAll('figure')].flatMap(f=>{const r=[...f.querySelectorAll('%s')].map(t=>[t.textContent,t.getBoundingClientRect()]).filter(t=>t[1].width>0);
return r.slice(1).flatMap((b,i)=>{const a=r[i];return a[1].left<b[1].right&&b[1].left<a[1].right&&a[1].top<b[1].bottom&&b[1].top<a[1].bottom?[f.id+': '+a[0]+' and '+b[0]]:[]})})`, axis))
		if len(over) > 0 {
			t.Errorf("one on the other: %q", over)
		}
	}
	// A cell beyond the edge must not make its row so high that the screen shows none of it.
	tall := eval[[]string](p, `[...document.querySelectorAll('tbody tr')].filter(r=>r.getBoundingClientRect().height>250).map(r=>r.closest('.scroll').id+' '+r.textContent.slice(0,60)).slice(0,5)`)
	if len(tall) > 0 {
		t.Errorf("rows as high as the screen: %q", tall)
	}
	small := eval[[]string](p, `[...document.querySelectorAll('main *')].filter(e=>e.childNodes.length==1&&e.firstChild.nodeType==3&&e.getBoundingClientRect().width>0&&parseFloat(getComputedStyle(e).fontSize)<11).map(e=>e.tagName+' '+e.textContent.slice(0,40)).slice(0,5)`)
	if len(small) > 0 {
		t.Errorf("too small to read: %q", small)
	}
}

// key presses keys in the page.
func (p *tab) key(keys string) {
	p.Helper()
	p.do(chromedp.KeyEvent(keys))
}

const focused = `(()=>{const e=document.activeElement;return e==document.body?'':(e.id||(e.closest('[id]')||{}).id)+' '+e.tagName+(e.className?'.'+e.className:'')})()`

// Without a pointer everything is reached in the order in which it stands, and works.
func testKeyboard(t *testing.T, b *browser) {
	p := b.open(t, write(t, samples()["overlay"]...), 1200)
	if n := eval[int](p, "document.querySelectorAll('[tabindex]:not([tabindex=\"0\"]):not([tabindex=\"-1\"])').length"); n > 0 {
		t.Errorf("%d elements have an order of their own", n)
	}
	// Of radio buttons one is a stop.
	want := eval[int](p, `[...document.querySelectorAll('a[href],input,summary,[tabindex="0"]')].filter(e=>e.type!='radio'||e.checked).filter(e=>!e.closest('details:not([open]) .scroll')).length`)
	var stops []string
	for range want + 5 {
		p.key(kb.Tab)
		at := eval[string](p, focused)
		if at == "" {
			break
		}
		if !eval[bool](p, "document.activeElement.getBoundingClientRect().width>0") {
			t.Errorf("%s has the focus and is not seen", at)
		}
		stops = append(stops, at)
	}
	if len(stops) != want {
		t.Errorf("%d stops, want %d: %q", len(stops), want, stops)
	}
	if len(stops) < 10 || !strings.Contains(stops[0], "A.skip") {
		t.Errorf("the stops are %q, want the link to the report first", stops)
	}

	background := func() string { return eval[string](p, "getComputedStyle(document.body).backgroundColor") }
	p.media("screen", "light")
	light := background()
	eval[bool](p, "document.querySelector('#theme-auto').focus()===undefined")
	p.key(kb.ArrowRight + kb.ArrowRight)
	dark := background()
	if dark == light || !eval[bool](p, "document.querySelector('#theme-dark').checked") {
		t.Errorf("the switch does not darken the page: %s", dark)
	}
	p.key(kb.ArrowLeft)
	p.media("screen", "dark")
	if got := background(); got != light {
		t.Errorf("light was chosen on a dark system: %s, want %s", got, light)
	}
	p.key(kb.ArrowLeft)
	if got := background(); got != dark {
		t.Errorf("auto on a dark system: %s, want %s", got, dark)
	}

	seen := "getComputedStyle(document.querySelector('figure .plot .k1')).display"
	eval[bool](p, "document.querySelector('figure .legend .k1 input').focus()===undefined")
	p.key(" ")
	if got := eval[string](p, seen); got != "none" {
		t.Errorf("the legend does not hide its line: display %s", got)
	}
	p.key(" ")
	if got := eval[string](p, seen); got == "none" {
		t.Error("the legend does not show its line again")
	}

	visible := "document.querySelector('figure details table').checkVisibility()"
	if eval[bool](p, visible) {
		t.Error("a folded table is seen")
	}
	eval[bool](p, "document.querySelector('figure summary').focus()===undefined")
	p.key(kb.Enter)
	if !eval[bool](p, visible) {
		t.Error("the table behind a plot does not open")
	}
	p.key(kb.Tab)
	if got := eval[string](p, focused); !strings.Contains(got, "scroll") {
		t.Errorf("after the line that opens a table comes %q, want the table", got)
	}
	p.quiet(b)
}

// Where the pointer is, the values are shown, and nowhere else.
func testPointer(t *testing.T, b *browser) {
	p := b.open(t, write(t, samples()["overlay"]...), 1200)
	eval[bool](p, "document.documentElement.style.scrollBehavior='auto',document.querySelector('figure .plot').scrollIntoView()===undefined")
	shown := `[...document.querySelectorAll('.reading')].filter(r=>getComputedStyle(r).visibility=='visible').map(r=>r.textContent)`
	if got := eval[[]string](p, shown); len(got) != 0 {
		t.Errorf("shown without a pointer: %q", got)
	}
	at := eval[[]float64](p, "(()=>{const r=document.querySelector('figure .plot>svg').getBoundingClientRect();return [r.left+r.width/2,r.top+r.height/2]})()")
	p.do(chromedp.MouseEvent("mouseMoved", at[0], at[1]))
	got := eval[[]string](p, shown)
	if len(got) != 1 {
		t.Fatalf("shown: %q, want one place", got)
	}
	for _, want := range []string{"before ", "after ", "third ", "ms", "p99"} {
		if !strings.Contains(got[0], want) {
			t.Errorf("%q is not in %q", want, got[0])
		}
	}
}

// Text and lines stand out from what is behind them, in light and dark (WCAG 2.2, 1.4.3 and 1.4.11).
func testContrast(t *testing.T, b *browser) {
	page := samples()["comparison"]
	page = append(slices.Clone(page), Document{Body: sampleOpen()})
	p := b.open(t, write(t, page...), 1200)
	for _, scheme := range []string{"light", "dark"} {
		p.media("screen", scheme)
		type pair struct{ What, Colour, Behind string }
		pairs := eval[[]pair](p, `(()=>{const behind=e=>{for(;e;e=e.parentElement){const c=getComputedStyle(e).backgroundColor;if(c!='rgba(0, 0, 0, 0)')return c}};
const of=(sel,prop)=>[...document.querySelectorAll(sel)].slice(0,40).map(e=>({What:sel,Colour:getComputedStyle(e)[prop],Behind:behind(e)}));
return [...of('h1,.lead,.about,summary,caption,thead th,td,td small,.notice p,.notice-title,.under,figcaption p,.legend span,.tiles dt,.tiles dd,.theme span,footer p,.axis','color'),...of('.grid text','fill'),...of('.plot .stroke','stroke')]})()`)
		if len(pairs) < 50 {
			t.Fatalf("only %d pairs", len(pairs))
		}
		for _, c := range pairs {
			least := 4.5
			if strings.Contains(c.What, "stroke") {
				least = 3
			}
			if got := contrast(parseColour(t, c.Colour), parseColour(t, c.Behind)); got < least {
				t.Errorf("%s: %s is %s on %s, contrast %.2f, want %.1f", scheme, c.What, c.Colour, c.Behind, got, least)
			}
		}
	}
}

func contrast(a, b [3]float64) float64 {
	luminance := func(c [3]float64) float64 {
		var l [3]float64
		for i, v := range c {
			if v /= 255; v <= 0.04045 {
				l[i] = v / 12.92
			} else {
				l[i] = math.Pow((v+0.055)/1.055, 2.4)
			}
		}
		return 0.2126*l[0] + 0.7152*l[1] + 0.0722*l[2]
	}
	x, y := luminance(a)+0.05, luminance(b)+0.05
	return max(x, y) / min(x, y)
}

// On paper it is light whatever was chosen, without what only works on a screen, and with the tables unfolded.
func testPrint(t *testing.T, b *browser) {
	p := b.open(t, write(t, Document{Body: sampleCapacity()}), 1000)
	eval[bool](p, "document.querySelector('#theme-dark').checked=true")
	p.media("print", "dark")
	if got := eval[string](p, "getComputedStyle(document.body).backgroundColor"); got != "rgb(255, 255, 255)" {
		t.Errorf("paper is %s", got)
	}
	if got := eval[string](p, "getComputedStyle(document.querySelector('.theme')).display"); got != "none" {
		t.Errorf("the switch is printed: %s", got)
	}
	if !eval[bool](p, "document.querySelector('figure details table').checkVisibility()") {
		t.Error("the table behind a plot is not on paper")
	}
}

// What is read aloud has names and an order.
func testStructure(p *tab) {
	for what, query := range map[string]string{
		"plots without a name or a table": `[...document.querySelectorAll('figure')].filter(f=>!document.getElementById(f.querySelector('[role=img]').getAttribute('aria-labelledby')).textContent.trim()||f.querySelectorAll('table tbody tr').length==0||!document.getElementById(f.querySelector('[role=img]').getAttribute('aria-describedby')))`,
		"tables without a caption":        `[...document.querySelectorAll('table')].filter(t=>!t.caption||!t.caption.textContent.trim())`,
		"rows without a heading":          `[...document.querySelectorAll('tbody tr')].filter(r=>!r.querySelector('th[scope=row]'))`,
		"regions without a name":          `[...document.querySelectorAll('[role=region],section')].filter(r=>!document.getElementById(r.getAttribute('aria-labelledby')))`,
		"ids that are not unique":         `[...document.querySelectorAll('[id]')].filter((e,i,all)=>document.getElementById(e.id)!=e)`,
		"links to nowhere":                `[...document.querySelectorAll('[href^="#"]')].filter(a=>!document.getElementById(a.getAttribute('href').slice(1)))`,
		"headings that skip a level":      `[...document.querySelectorAll('h1,h2,h3')].filter((h,i,all)=>+h.tagName[1]>(i?+all[i-1].tagName[1]:0)+1)`,
		"rows of another length":          `[...document.querySelectorAll('table')].filter(t=>[...t.rows].some(r=>r.cells.length!=t.rows[0].cells.length))`,
		"controls without a label":        `[...document.querySelectorAll('input')].filter(i=>!i.labels.length||!i.labels[0].textContent.trim())`,
	} {
		if n := eval[int](p, query+".length"); n > 0 {
			p.Errorf("%d %s, the first %s", n, what, eval[string](p, query+"[0].outerHTML.slice(0,300)"))
		}
	}
	for _, landmark := range []string{"header", "main", "footer", "html[lang]", "head>title"} {
		if eval[int](p, fmt.Sprintf("document.querySelectorAll(%q).length", landmark)) != 1 {
			p.Errorf("want one %s", landmark)
		}
	}
}
