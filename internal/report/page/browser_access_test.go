package page

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

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
