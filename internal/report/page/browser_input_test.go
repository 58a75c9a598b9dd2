package page

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

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
