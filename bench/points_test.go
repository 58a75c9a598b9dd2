package bench

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/report"
)

// Each point differs from the base in one factor; what else differs follows
// from it. Scenarios alone differ in several.
func TestOneFactorAtATime(t *testing.T) {
	points, err := Points(FactorNames())
	if err != nil {
		t.Fatal(err)
	}
	want := 1
	for _, f := range factors {
		want += len(f.values)
	}
	if len(points) != want || points[0] != Base() {
		t.Fatalf("%d points, want the base and %d", len(points), want-1)
	}
	follows := map[string][]string{"depth=1": {"Batch"}, "workload=pull": {"Batch", "Depth"}}
	for _, p := range points[1:] {
		if p.Factor == "scenario" {
			continue
		}
		var differs []string
		a, b := reflect.ValueOf(Base()), reflect.ValueOf(p)
		for i := range a.NumField() {
			name := a.Type().Field(i).Name
			if name != "Name" && name != "Factor" && name != "Value" && !a.Field(i).Equal(b.Field(i)) && !slices.Contains(follows[p.Name], name) {
				differs = append(differs, name)
			}
		}
		if len(differs) != 1 || p.Name != p.Factor+"="+p.Value {
			t.Errorf("%s differs in %v", p.Name, differs)
		}
	}
}

func TestParseFactors(t *testing.T) {
	for _, c := range []struct {
		lists  []string
		points string // names; "": an error with want
		want   string
	}{
		{[]string{"base"}, "base", ""},
		{[]string{"depth,batch"}, "base batch=1 depth=1 depth=256", ""},
		{[]string{"size=16/64KiB", "reader"}, "base size=16 size=64KiB reader=1ms", ""},
		{[]string{"size=bimodal:64,4096,0.1/lognormal:512,1.2"}, "base size=bimodal:64,4096,0.1 size=lognormal:512,1.2", ""},
		{[]string{"colour"}, "", `unknown factor "colour"`},
		{[]string{"size,size=16"}, "", `unknown factor "size,size"`},
		{[]string{"size", "size=16"}, "", "factor size is given twice"},
		{[]string{"size=16/16"}, "", "the value 16 is there twice"},
		{[]string{"size=64"}, "", "that is the base point"},
		{[]string{"size=0"}, "", "want 1 byte or more"},
		{[]string{"depth=0"}, "", "want a number of 1 or more"},
		{[]string{"workload=idle"}, "", "want echo, ack or pull"},
		{[]string{"neighbour=friend"}, "", "the neighbours are claim"},
		{[]string{"scenario=war"}, "", "the scenarios are telemetry"},
	} {
		asked, err := ParseFactors(c.lists)
		var points []report.Point
		if err == nil {
			points, err = Points(asked)
		}
		var names []string
		for _, p := range points {
			names = append(names, p.Name)
		}
		if c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) || c.want == "" && (err != nil || strings.Join(names, " ") != c.points) {
			t.Errorf("%q: %q, %v; want %q, %q", c.lists, names, err, c.points, c.want)
		}
	}
	// What only the client can tell.
	for factor, want := range map[string]string{"size=huge": "unknown distribution", "payload=nothing": "unknown payload", "segments=70000": "cuts", "connections=2000000": "connections", "reader=soon": "reader", "reader=2s": "pause"} {
		_, err := Prepare(Config{Factors: []string{factor}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", factor, err, want)
		}
	}
}

func TestParseContenders(t *testing.T) {
	for _, c := range []struct {
		list, want string // name>framing, or an error
	}{
		{"u32,cobs", "u32>u32 cobs>cobs"},
		{"a=u32,b=u32", "a>u32 b>u32"},
		{"delim:sep=0a,max=4KiB,line", "delim:sep=0a,max=4KiB>delim:sep=0a,max=4KiB line>line"},
		{"crlf=delim:sep=0d0a,u32+crc32c:max=1MiB", "crlf>delim:sep=0d0a u32+crc32c:max=1MiB>u32+crc32c:max=1MiB"},
		{"u32,u32", "contender u32 is there twice"},
		{"null=u32", "contender null is there twice"},
		{"u32,morse", `unknown framing "morse"`},
		{"x=morse", `unknown framing "x=morse"`},
		{"eof", "one message a connection"},
		{"raw", "raw is in every comparison"},
		{"a/b=u32", "without blanks and slashes"},
	} {
		cs, err := ParseContenders([]string{c.list})
		var got []string
		for _, x := range cs {
			if x.Floor == "" {
				got = append(got, x.Name+">"+x.Framing)
			}
		}
		if text := strings.Join(got, " "); err == nil && text != c.want || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %q, %v; want %q", c.list, text, err, c.want)
		}
	}
}

// The framings that are compared by default are of every kind, and all of them
// are there at the base point.
func TestContendersAtTheBase(t *testing.T) {
	all, err := cells(Contenders(), []report.Point{Base()}, 0, false)
	if err != nil || len(all) < 14 {
		t.Fatal(len(all), err)
	}
	for _, x := range all {
		if x.refused != "" {
			t.Errorf("%s: %s", x.contender.Name, x.refused)
		}
	}
}

// What a framing cannot carry or do is refused with the reason, before anything
// is measured.
func TestRefusals(t *testing.T) {
	contenders := append(Contenders(), report.Contender{Name: "fixed+crc32c", Framing: "fixed+crc32c:size=64"})
	for _, c := range []struct{ contender, factor, want string }{
		{"line", "payload=random", "cannot carry this payload: framing line cannot carry the payload random"},
		{"delim", "payload=random", "cannot carry this payload: sooner or later"},
		{"line", "payload=text", "cannot carry this payload: framing line cannot carry the payload text: byte 71 is 0x0a"},
		{"u16", "size=65536", "cannot carry this payload: size 65536 is over the limit of framing u16"},
		{"fixed", "size=lognormal:512,1.2", "all its frames have one size"},
		{"fixed", "workload=ack", "a receipt has 12 bytes"},
		{"null", "workload=ack", "does not tell where a message ends"},
		{"bare-echo", "workload=pull", "does nothing but echo"},
		{"u32", "neighbour=head", "its head has a fixed size"},
		{"uvarint", "neighbour=head", ""},
		{"cobs", "payload=random", ""},
		{"fixed", "size=65536", ""},
		{"fixed+crc32c", "size=65536", ""},
		{"fixed+crc32c", "size=lognormal:512,1.2", "all its frames have one size"},
		{"delim", "payload=text", ""},
	} {
		points, err := Points([]string{c.factor})
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(contenders, func(r report.Contender) bool { return r.Name == c.contender })
		x, err := newCell(contenders[i], points[1], 0, false)
		if err != nil || c.want == "" && x.refused != "" || !strings.Contains(x.refused, c.want) {
			t.Errorf("%s at %s: %q, %v; want %q", c.contender, c.factor, x.refused, err, c.want)
		}
	}
}

// The same messages go through every framing: at each point the payload and the
// sizes are those of the point.
func TestSameMessagesForAll(t *testing.T) {
	points, err := Points(FactorNames())
	if err != nil {
		t.Fatal(err)
	}
	all, err := cells(Contenders(), points, 7, false)
	if err != nil {
		t.Fatal(err)
	}
	first := map[string]client.Config{}
	for _, x := range all {
		if x.refused != "" {
			continue
		}
		c := x.config
		c.Framing, c.Plain = "", false
		if was, ok := first[x.point.Name]; ok && !reflect.DeepEqual(was, c) {
			t.Errorf("%s at %s: %+v, another has %+v", x.contender.Name, x.point.Name, c, was)
		}
		first[x.point.Name] = c
		if n := codec.Max(x.codec); x.config.Size > n {
			t.Errorf("%s at %s: messages of %d bytes, limit %d", x.contender.Name, x.point.Name, x.config.Size, n)
		}
	}
}
