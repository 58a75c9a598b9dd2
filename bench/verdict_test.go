package bench

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/loadframe/loadframe/internal/report"
)

// steady are samples of eight rounds around a value, with a drift that all rounds share and a noise of their own.
func steady(value float64, noise ...float64) []float64 {
	all := make([]float64, 8)
	for i := range all {
		all[i] = value * (1 + 0.1*float64(i%3))
		if len(noise) > 0 {
			all[i] *= 1 + noise[i%len(noise)]
		}
	}
	return all
}

// comparison is one with cells at three points: messages a second, goodput, p99.
func comparison() *report.Comparison {
	c := &report.Comparison{
		Contenders: []report.Contender{
			{Name: "slow", Framing: "cobs"}, {Name: "fast", Framing: "u32"}, {Name: "alike", Framing: "u16"}, {Name: "picky", Framing: "line"},
			{Name: "null", Framing: "raw", Floor: "framing"},
		},
		Points: []report.Point{
			{Name: "base", Workload: "echo", Sizes: "64", Depth: 16},
			{Name: "size=16", Factor: "size", Workload: "echo", Sizes: "16", Depth: 16},
			{Name: "size=65536", Factor: "size", Workload: "echo", Sizes: "65536", Depth: 16},
			{Name: "payload=random", Factor: "payload", Workload: "echo", Sizes: "1", Depth: 16},
			{Name: "scenario=rpc", Factor: "scenario", Workload: "echo", Sizes: "lognormal:512,1.2", Arrival: "poisson:10000"},
		},
	}
	for _, p := range c.Points {
		for name, rate := range map[string]float64{"slow": 80_000, "fast": 100_000, "alike": 99_900, "null": 130_000} {
			noise := []float64{0, 0.004, -0.003}
			if name == "alike" {
				noise = []float64{0.003, -0.004, 0.002}
			}
			c.Cells = append(c.Cells, report.Cell{Point: p.Name, Contender: name, Estimates: map[string]*report.Estimate{
				"messages_per_s":      estimateOf("messages_per_s", "msg/s", steady(rate, noise...)),
				"goodput_bytes_per_s": estimateOf("goodput_bytes_per_s", "B/s", steady(rate*64, noise...)),
				"p99_ns":              estimateOf("p99_ns", "p99-ns", steady(1e10/rate, noise...)),
			}})
		}
		c.Cells = append(c.Cells, report.Cell{Point: p.Name, Contender: "picky", Refused: "cannot carry this payload: a line feed"})
	}
	return c
}

func find(t *testing.T, all []report.Conclusion, question string) report.Conclusion {
	t.Helper()
	for _, v := range all {
		if strings.HasPrefix(v.Question, question) {
			return v
		}
	}
	t.Fatalf("nobody asks for %q", question)
	return report.Conclusion{}
}

// The best is found in either direction; what ties is told with it, what is behind with its ratio; floors never win.
func TestConclude(t *testing.T) {
	c := comparison()
	before, _ := json.Marshal(c)
	all := Conclude(c)
	if after, _ := json.Marshal(c); string(after) != string(before) {
		t.Error("the comparison is another one afterwards")
	}
	for question, point := range map[string]string{
		"most messages a second, echo, 16 B, depth 16": "size=16", "most goodput, echo, 64 KiB, depth 16": "size=65536",
		"lowest p99 latency, echo, 64 B": "base", "lowest p99 latency, scenario=rpc": "scenario=rpc",
	} {
		v := find(t, all, question)
		best := slices.Sorted(slices.Values(v.Best))
		if v.Point != point || fmt.Sprint(best) != "[alike fast]" || len(v.Behind) != 1 || v.Behind[0].Contender != "slow" {
			t.Errorf("%s: %+v", question, v)
			continue
		}
		if g := v.Behind[0]; g.Ratio < 1.24 || g.Ratio > 1.26 || g.Low > g.Ratio || g.High < g.Ratio || g.P >= chance {
			t.Errorf("%s: %+v", question, g)
		}
		gap := "slow is 25." // takes 1.25 times as long, or
		if strings.HasPrefix(question, "most") {
			gap = "slow is 20." // does 1/1.25 as much
		}
		for _, part := range []string{"ties within noise", gap, "Not carried by picky", "As floors, no framings: null"} {
			if !strings.Contains(v.Text, part) {
				t.Errorf("%s: %q does not say %q", question, v.Text, part)
			}
		}
	}
	if v := find(t, all, "most messages"); v.Text != "fast: 110,440 msg/s (100,000 msg/s to 119,640 msg/s); alike ties within noise; slow is 20.0 % below (20.0 to 20.0). "+
		"Not carried by picky. As floors, no framings: null 143,572 msg/s." {
		t.Errorf("%q", v.Text)
	}
	if _, err := json.Marshal(all); err != nil {
		t.Error(err)
	}
	// Without figures nothing is concluded, and from too few no difference.
	if all := Conclude(&report.Comparison{Contenders: c.Contenders, Points: c.Points}); len(all) != 0 {
		t.Errorf("%+v", all)
	}
	for i := range c.Cells {
		for _, e := range c.Cells[i].Estimates {
			*e = *estimateOf(e.Metric, e.Unit, e.Samples[:1])
		}
	}
	if v := find(t, Conclude(c), "most messages"); len(v.Behind) != 0 || len(v.Best) != 3 || !strings.Contains(v.Text, "Nothing can be told from 1 ") {
		t.Errorf("one round: %+v", v)
	}
}

// A round that one contender lost does not pair the others wrongly, and figures of nothing are no figures.
func TestConcludeRaggedRounds(t *testing.T) {
	c := comparison()
	for i := range c.Cells {
		e := c.Cells[i].Estimates["messages_per_s"]
		switch {
		case c.Cells[i].Contender == "slow":
			*e = *estimateOf(e.Metric, e.Unit, e.Samples[:6])
		case c.Cells[i].Contender == "alike":
			*e = *estimateOf(e.Metric, e.Unit, []float64{0, 0, 0})
		}
	}
	v := find(t, Conclude(c), "most messages")
	if fmt.Sprint(v.Best) != "[fast]" || len(v.Behind) != 1 || v.Behind[0].Contender != "slow" {
		t.Errorf("%+v", v)
	}
}

// One round of seven that went the other way moves no trimmed mean, but the interval reaches over a tie: nobody is told to be behind "by 25 %
// (-20 to 26)".
func TestConcludeNothingThatItsIntervalDenies(t *testing.T) {
	c := comparison()
	for i := range c.Cells {
		if e := c.Cells[i].Estimates["messages_per_s"]; c.Cells[i].Contender == "slow" {
			samples := slices.Clone(e.Samples[:7])
			samples[3] *= 2.5
			*e = *estimateOf(e.Metric, e.Unit, samples)
		}
	}
	for _, v := range Conclude(c) {
		if v.Metric != "messages_per_s" {
			continue
		}
		for _, g := range v.Behind {
			if g.Low <= 1 {
				t.Errorf("%s, with p = %.3g", v.Text, g.P)
			}
		}
	}
}

// What was counted in memory is concluded from what is really counted.
func TestConcludeCounted(t *testing.T) {
	c := &report.Comparison{Contenders: append(slices.Clone(compared), report.Contender{Name: "null", Framing: "raw", Floor: "framing"})}
	var err error
	if c.Overheads, err = Overheads(c.Contenders, 1); err != nil {
		t.Fatal(err)
	}
	if c.Damages, err = Damages(t.Context(), c.Contenders, 1, 300, nil); err != nil {
		t.Fatal(err)
	}
	all := Conclude(c)
	for _, test := range []struct {
		question string
		best     string
		worst    string
	}{
		{"least overhead on the wire, 16 B", "[fixed:size=64]", "u32+crc32c"},
		{"least overhead on the wire, 64 KiB", "[fixed:size=64]", "hdlc"},
		{"least overhead on the wire, 4 KiB", "[fixed:size=64]", "hdlc"},
		{"finds damage", "[cobs+crc32c hdlc u32+crc32c]", ""},
		{"carries on", "[cobs cobs+crc32c hdlc line slip]", ""},
		{"carries any payload", "[cobs cobs+crc32c delim:sep=0d0a0d0a hdlc netstring u32 u32+crc32c uvarint]", ""},
	} {
		v := find(t, all, test.question)
		best := slices.Sorted(slices.Values(v.Best))
		if fmt.Sprint(best) != test.best {
			t.Errorf("%s: best %v, want %s: %s", test.question, best, test.best, v.Text)
		}
		if test.worst != "" && (len(v.Behind) == 0 || v.Behind[len(v.Behind)-1].Contender != test.worst) {
			t.Errorf("%s: %+v", test.question, v.Behind)
		}
		if strings.Contains(v.Text, "NaN") || strings.Contains(v.Text, "Inf") || strings.Contains(v.Text, "null") || strings.Contains(v.Text, "e+") || !strings.HasSuffix(v.Text, ".") {
			t.Errorf("%s: %q", test.question, v.Text)
		}
		t.Log(v.Question, "—", v.Text)
	}
	if _, err := json.Marshal(all); err != nil {
		t.Error(err)
	}
	if again := Conclude(c); !reflect.DeepEqual(again, all) {
		t.Error("concluded twice, it is not the same")
	}
}
