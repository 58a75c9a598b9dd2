package page

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"

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
