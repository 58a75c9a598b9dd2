package report

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"
)

// Laid out to any depth a document is the same; to all of it, it is what
// encoding/json makes of it, and to none what it was.
func TestLayOut(t *testing.T) {
	const doc = `{"a":[],"b":{},"c":[{"d":"{[\"]},:\\","e":[1,2,{"f":null}]},[[],[3]]],"g\\\"":-1e-9,"h":{"i":"\u2028"}}`
	for depth := range 8 {
		got := layOut([]byte(doc), depth)
		var back, want bytes.Buffer
		if err := json.Compact(&back, got); err != nil || back.String() != doc {
			t.Errorf("to depth %d: %v, %s", depth, err, got)
		}
		if depth == 0 && string(got) != doc {
			t.Errorf("to no depth: %s", got)
		}
		if err := json.Indent(&want, []byte(doc), "", "  "); err != nil || depth > 5 && want.String() != string(got) {
			t.Errorf("to depth %d: %s, want %s", depth, got, &want)
		}
	}
}

// A cell has one line, what was measured 8 digits, and what is counted against
// theory all of them. The comparison stays as it was.
func TestComparisonIsShort(t *testing.T) {
	c := comparison()
	measured, counted := 1e6/3, 65543.0/65536
	c.Cells[0].Estimates["p99_ns"].Samples[0] = measured
	c.Overheads[0].Mean = counted
	var b bytes.Buffer
	if err := c.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	var back Comparison
	if err := json.Unmarshal(b.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if got := back.Cells[0].Estimates["p99_ns"].Samples[0]; got == measured || math.Abs(got/measured-1) > 1e-7 {
		t.Errorf("%v became %v", measured, got)
	}
	if got := back.Overheads[0].Mean; got != counted {
		t.Errorf("%v became %v", counted, got)
	}
	if c.Cells[0].Estimates["p99_ns"].Samples[0] != measured {
		t.Error("writing changes the comparison")
	}
	lines := 0
	for line := range strings.Lines(b.String()) {
		if strings.HasPrefix(line, `    {"point":`) {
			lines++
		}
	}
	if lines != len(c.Cells) {
		t.Errorf("%d lines of %d cells", lines, len(c.Cells))
	}
	indented, err := json.MarshalIndent(c, "", "  ")
	if err != nil || 10*b.Len() > 7*len(indented) {
		t.Errorf("%d bytes, %d indented, %v", b.Len(), len(indented), err)
	}
}
