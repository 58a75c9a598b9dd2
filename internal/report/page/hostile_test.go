package page

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/loadframe/loadframe/internal/report"
)

// attacks end or leave every context that text can stand in, and tell if they ran.
var attacks = []string{
	`</script><script>window.taken=1</script>`,
	`"><img src="http://` + strange + `/a.png" onerror="window.taken=1">`,
	`' onmouseover='window.taken=1' x='`,
	`</style></title></table></svg><svg onload=window.taken=1><use href="http://` + strange + `/b.svg#x"/>`,
	`javascript:window.taken=1`,
	`{{.}}${window.taken=1}<!--`,
	`url(http://` + strange + `/c.png);@import "http://` + strange + `/d.css"`,
	"\u202e\x00\ufeff<meta http-equiv=refresh content=\"0;url=http://" + strange + "/e\">",
	`<base href="http://` + strange + `/"><form action="http://` + strange + `/f"><iframe src="http://` + strange + `/g">`,
}

// fill sets everything in a document: strings to attacks, numbers to v, lists and maps to a few entries.
type filler struct {
	next int
	v    float64
}

func (f *filler) text() string {
	f.next++
	return attacks[f.next%len(attacks)]
}

func (f *filler) fill(v reflect.Value, depth int) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(f.text())
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(max(min(f.v, math.MaxInt64/2), math.MinInt64/2)))
	case reflect.Uint64:
		v.SetUint(3)
	case reflect.Float64:
		v.SetFloat(f.v)
	case reflect.Pointer:
		if depth > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			f.fill(v.Elem(), depth-1)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range v.NumField() {
			f.fill(v.Field(i), depth)
		}
	case reflect.Slice:
		if depth > 0 {
			v.Set(reflect.MakeSlice(v.Type(), 3, 3))
			for i := range 3 {
				f.fill(v.Index(i), depth-1)
			}
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range 2 {
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			f.fill(key, depth)
			f.fill(value, depth)
			v.SetMapIndex(key, value)
		}
	}
}

// hostile are documents of all schemas in which every text is an attack, as they come from files.
func hostile(t *testing.T, v float64) (docs []Document) {
	t.Helper()
	f := &filler{v: v}
	for _, body := range []any{&report.Result{}, &report.Result{}, &report.Comparison{}, &report.Capacity{}, &report.Sent{}, &report.Received{}} {
		f.fill(reflect.ValueOf(body).Elem(), 6)
		docs = append(docs, Document{f.text(), body})
	}
	// So that cells are found at their points.
	c := docs[2].Body.(*report.Comparison)
	for i := range c.Points {
		c.Cells[i].Point, c.Cells[i].Contender, c.Cells[i].Refused = c.Points[i].Name, c.Contenders[i].Name, ""
		c.Cells[i].Estimates = map[string]*report.Estimate{"messages_per_s": c.Cells[0].Estimates[attacks[0]], attacks[1]: {Spread: report.Spread{Median: v}}}
		if c.Cells[i].Estimates["messages_per_s"] == nil {
			c.Cells[i].Estimates["messages_per_s"] = &report.Estimate{Spread: report.Spread{Low: v, Median: v, High: v}}
		}
	}
	for i := range docs {
		schema := map[string]string{"*report.Result": report.Schema, "*report.Comparison": report.ComparisonSchema, "*report.Capacity": report.CapacitySchema,
			"*report.Sent": report.SendSchema, "*report.Received": report.RecvSchema}[reflect.TypeOf(docs[i].Body).String()]
		reflect.ValueOf(docs[i].Body).Elem().FieldByName("Schema").SetString(schema)
		text, err := json.Marshal(docs[i].Body)
		if err != nil {
			t.Fatal(err)
		}
		if docs[i].Body, err = report.ReadDocument(bytes.NewReader(text)); err != nil {
			t.Fatal(err)
		}
	}
	return docs
}

// In a browser nothing of them runs, asks for anything, or becomes an element: all of it is text.
func testHostile(t *testing.T, b *browser) {
	p := b.open(t, write(t, hostile(t, 3)...), 1200)
	if eval[bool](p, "'taken' in window") {
		t.Error("a document ran a script in the page")
	}
	for what, query := range map[string]string{
		"elements that the page does not have": "document.querySelectorAll('script,img,iframe,form,base,object,embed,animate,foreignObject,meta[http-equiv=refresh]')",
		"attributes that run":                  "[...document.querySelectorAll('*')].filter(e=>[...e.attributes].some(a=>/^on|^style$|^srcdoc$/.test(a.name)))",
		"links that leave":                     "[...document.querySelectorAll('[href],[src],[action]')].filter(e=>{const h=e.getAttribute('href');return h===null||!(h.startsWith('#')||h=='data:,')})",
	} {
		if n := eval[int](p, query+".length"); n > 0 {
			t.Errorf("%d %s", n, what)
		}
	}
	text := eval[string](p, "document.body.textContent")
	for _, attack := range attacks {
		if attack = strings.Map(printed, attack); !strings.Contains(strings.Map(printed, text), attack) {
			t.Errorf("not told as it is: %q", attack)
		}
	}
	p.quiet(b)
}

// printed leaves out what no page can hold.
func printed(r rune) rune {
	if r == 0 || r == '\ufffd' {
		return -1
	}
	return r
}

// Whatever the numbers are, there is a page, and its drawings have coordinates.
func TestNumbersOfAnySize(t *testing.T) {
	for _, v := range []float64{0, -1, 1, 1e-300, 1e300, -1e308, math.MaxFloat64, 5e-324, 123456.789} {
		var b bytes.Buffer
		if err := Write(&b, hostile(t, v)...); err != nil {
			t.Errorf("%g: %v", v, err)
		}
		if bad := regexp.MustCompile(`="[^"]*(NaN|Inf|e\+)[^"]*"|ZgotmplZ`).FindString(b.String()); bad != "" {
			t.Errorf("%g: %s", v, bad)
		}
	}
}

// No document that can be read makes it panic: values of another size or of nothing, in any key.
func TestMutants(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	numbers, texts := []string{"0", "-1", "9223372036854775807", "-9223372036854775808", "1e308", "-1e-308", "null"}, []string{`""`, `"-"`, `"1e999"`, `"size"`, `"base"`, "null"}
	value := regexp.MustCompile(`: *("[^"]*"|-?[0-9.eE+-]+)`)
	read, of := 0, 0
	for _, body := range []any{sampleResult(1, "u32", 8, 1e5), sampleCapacity(), small(sampleComparison())} {
		text, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		places := value.FindAllSubmatchIndex(text, -1)
		for range 60 {
			mutant, from := []byte{}, 0
			for _, p := range places {
				if rng.IntN(len(places)) < 4 {
					odd := numbers
					if text[p[2]] == '"' {
						odd = texts
					}
					mutant, from = append(append(mutant, text[from:p[2]]...), odd[rng.IntN(len(odd))]...), p[3]
				}
			}
			of++
			doc, err := report.ReadDocument(bytes.NewReader(append(mutant, text[from:]...)))
			if err != nil {
				continue
			}
			read++
			p, err := newPage([]Document{{Body: doc}, {Name: "twice", Body: doc}})
			if err != nil {
				t.Fatal(err)
			}
			if read%10 == 0 {
				if err := layout.Execute(io.Discard, p); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if read < of/4 {
		t.Errorf("only %d of %d could be read", read, of)
	}
}

// small has few cells, so that a mutation hits more than the samples in them.
func small(c *report.Comparison) *report.Comparison {
	c.Contenders = c.Contenders[2:4]
	c.Cells = slices.DeleteFunc(c.Cells, func(x report.Cell) bool { return x.Contender != "u32" && x.Contender != "uvarint" })
	for i := range c.Cells {
		c.Cells[i].Intervals = nil
	}
	c.Damages, c.Overheads = c.Damages[:4], c.Overheads[:4]
	return c
}

// Even what stood in the page as it is would not run and would not leave: the policy is the second lock.
func testPolicy(t *testing.T, b *browser) {
	address := write(t, Document{Body: sampleOpen()})
	path := strings.TrimPrefix(address, "file://")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	raw := strings.NewReplacer("HOST", strange).Replace(`<script>window.taken=1</script><script src="http://HOST/a.js"></script><img src="http://HOST/b.png" onerror="window.taken=1">
<svg onload="window.taken=1"></svg><style>@import "http://HOST/c.css";</style><link rel="stylesheet" href="http://HOST/d.css"><iframe src="http://HOST/f"></iframe>
<object data="http://HOST/g"></object><p style="background:url(http://HOST/h.png)">x</p><a id="run" href="javascript:window.taken=1">x</a></main>`)
	text = bytes.Replace(text, []byte("</main>"), []byte(raw), 1)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	p := b.open(t, address, 800)
	eval[bool](p, "document.getElementById('run').click()===undefined")
	if eval[bool](p, "'taken' in window") {
		t.Error("a script ran that the page does not have")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.told) < 8 {
		t.Errorf("the browser refused only %q", p.told)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, asked := range b.asked {
		if strings.Contains(asked, strange) {
			t.Errorf("the proxy was asked %s", asked)
		}
	}
}
