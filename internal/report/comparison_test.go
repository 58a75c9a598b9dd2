package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

func estimate(metric, unit string, samples ...float64) *Estimate {
	s := SpreadOf(samples)
	s.Metric, s.Unit = metric, unit
	return &Estimate{Spread: s, Samples: samples}
}

// comparison is a small whole one: three framings and a floor at two points.
func comparison() *Comparison {
	r := base("compare")
	c := &Comparison{Tool: r.Tool, Command: []string{"loadframe", "compare"}, Host: r.Host, Start: r.Start, DurationS: 160.25,
		Experiment: Experiment{Seed: 7, Rounds: 6, TrialS: 0.034, OmitS: 0.01, Trials: 2000, Factors: []string{"payload=random"}},
		Contenders: []Contender{{Name: "u32", Framing: "u32"}, {Name: "line", Framing: "line"}, {Name: "cobs-again", Framing: "cobs"}, {Name: "null", Framing: "raw", Floor: "framing"}},
		Points: []Point{
			{Name: "base", Workload: "echo", Sizes: "64", Payload: "letters", Segments: "whole", Batch: 16, Depth: 16, Connections: 2},
			{Name: "payload=random", Factor: "payload", Value: "random", Workload: "echo", Sizes: "64", Payload: "random", Segments: "whole", Batch: 16, Depth: 16, Connections: 2},
		},
		Health: &Health{Reasons: []string{strings.Repeat("the hypervisor took much of the time for others; ", 4)}},
	}
	for _, p := range c.Points {
		for i, x := range c.Contenders {
			v := Cell{Point: p.Name, Contender: x.Name}
			if x.Name == "line" && p.Payload == "random" {
				v.Refused = "cannot carry this payload: sooner or later a message has what ends a frame in it"
				c.Cells = append(c.Cells, v)
				continue
			}
			f := 1e6 / float64(i+1)
			v.Estimates = map[string]*Estimate{
				"messages_per_s":      estimate("messages_per_s", "msg/s", f, 1.1*f, 0.9*f, f, f, f),
				"goodput_bytes_per_s": estimate("goodput_bytes_per_s", "B/s", 64*f, 70*f, 60*f, 64*f, 64*f, 64*f),
				"wire_per_payload":    estimate("wire_per_payload", "wireB/B", 1.0625, 1.0625, 1.0625, 1.0625, 1.0625, 1.0625),
				"cpu_ns_per_message":  estimate("cpu_ns_per_message", "CPU-ns/msg", 812, 813, 820, 800, 801, 805),
				"p50_ns":              estimate("p50_ns", "p50-ns", 25000, 26000, 25500, 25400, 25600, 25100),
				"p99_ns":              estimate("p99_ns", "p99-ns", 1250000, 2600000, 2550000, 2540000, 2560000, 2510000),
			}
			v.Latency = &Latency{Response: &Quantiles{Count: 100, P50: 25000, P99: 1250000}}
			v.Curve = []CurvePoint{{50, 25000}, {100, 2600000}}
			for n := range 6 {
				v.Intervals = append(v.Intervals, Interval{StartS: float64(n), EndS: float64(n + 1), Messages: new(int64(34000)), PayloadBytes: 64 * 34000}.WithRates())
			}
			c.Cells = append(c.Cells, v)
		}
	}
	for _, x := range c.Contenders[:3] {
		c.Costs = append(c.Costs, CodecCost{Contender: x.Name, Sizes: "64", Payload: "text", Segments: "whole",
			Encode: estimate("encode_ns", "ns/frame", 18.2, 18.3), Decode: estimate("decode_ns", "ns/frame", 43712, 9), EncodeAllocs: new(0.0)})
		row := Overhead{Contender: x.Name, Size: 64, Payload: "random", Mean: 1.0625, Worst: 1.0625, Bound: 1.0625, Exact: "=1.0625"}
		if x.Name == "line" {
			row = Overhead{Contender: x.Name, Size: 64, Payload: "random", Refused: "cannot carry this payload"}
		}
		c.Overheads = append(c.Overheads, row)
		c.Damages = append(c.Damages, Damage{Contender: x.Name, Kind: "flip", Place: "any", Trials: 2000, Detected: &Probability{0.055, 0.046, 0.066},
			Silent: &Probability{0.96, 0.95, 0.968}, Lost: &Mean{2.1, 2, 2.2, 2000}})
	}
	c.Overheads[2].Mean = 1.07 // what no theory gives
	c.Verdicts = []Conclusion{{Question: "most messages a second, echo, 64 B, depth 16", Metric: "messages_per_s", Point: "base", Best: []string{"u32"},
		Text: strings.Repeat("u32: 1 M/s (0.9 to 1.1); line is 2.00 times worse. ", 4), Behind: []Gap{{"line", 2, 1.9, 2.1, 0.001}}}}
	return c
}

// The text is for a terminal of 100 columns, and says all that matters.
func TestComparisonText(t *testing.T) {
	var b bytes.Buffer
	if err := comparison().WriteText(&b); err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(b.String(), "\n") {
		if n := len([]rune(line)); n > comparisonColumns {
			t.Errorf("line %d has %d columns: %s", i+1, n, line)
		}
		if strings.TrimRight(line, " ") != line {
			t.Errorf("line %d ends with blanks", i+1)
		}
	}
	golden(t, "comparison.txt", b.Bytes())
	for _, c := range []*Comparison{{}, {Error: "it broke", Incomplete: true}, {Points: comparison().Points, Incomplete: true}} {
		b.Reset()
		if err := c.WriteText(&b); err != nil || c.Failed() != strings.Contains(b.String(), "FAILED: it broke") || (c.Incomplete && !c.Failed()) != strings.Contains(b.String(), "ended early") {
			t.Errorf("%v: %s", err, b.String())
		}
	}
}

// Every document meets the published schema, whatever is missing in it.
func TestComparisonMeetsTheSchema(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("../../docs/schema/comparison-1.json")
	if err != nil {
		t.Fatal(err)
	}
	infinite := comparison()
	infinite.Cells[0].Estimates["p99_ns"].Median = math.Inf(1)
	for name, c := range map[string]*Comparison{"whole": comparison(), "zero": {}, "failed": {Error: "no server"}, "infinite": infinite} {
		var b bytes.Buffer
		if err := c.WriteJSON(&b); err != nil {
			t.Fatal(err)
		}
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b.Bytes()))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := schema.Validate(v); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var back Comparison
		if err := json.Unmarshal(b.Bytes(), &back); err != nil || back.Schema != ComparisonSchema || len(back.Cells) != len(c.Cells) {
			t.Errorf("%s: %v, %d cells", name, err, len(back.Cells))
		}
		bad := strings.Replace(b.String(), ComparisonSchema, "loadframe.comparison/2", 1)
		if v, err := jsonschema.UnmarshalJSON(strings.NewReader(bad)); err != nil || schema.Validate(v) == nil {
			t.Errorf("%s: another schema passes, %v", name, err)
		}
	}
}

// A row of the table for each figure, and for each refusal.
func TestComparisonCSV(t *testing.T) {
	var b bytes.Buffer
	if err := comparison().WriteCSV(&b); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for _, row := range rows[1:] {
		kinds[row[0]]++
		if (row[12] == "") == (row[7] == "") {
			t.Errorf("neither figure nor reason, or both: %q", row)
		}
	}
	if want := map[string]int{"cell": 7*6 + 1, "cost": 9, "overhead": 2*3 + 1, "damage": 9}; len(kinds) != len(want) || kinds["cell"] != want["cell"] || kinds["cost"] != want["cost"] || kinds["overhead"] != want["overhead"] || kinds["damage"] != want["damage"] {
		t.Errorf("%v, want %v", kinds, want)
	}
	if want := "cell,base,u32,u32,,messages_per_s,msg/s,1000000,900000,1100000,0.96875,6,"; !containsRow(rows, want) {
		t.Errorf("no row %s", want)
	}
}

func containsRow(rows [][]string, want string) bool {
	for _, row := range rows {
		if strings.Join(row, ",") == want {
			return true
		}
	}
	return false
}

// One line a round and cell, the rounds one after the other.
func TestComparisonBench(t *testing.T) {
	var b bytes.Buffer
	if err := comparison().WriteBench(&b); err != nil {
		t.Fatal(err)
	}
	var names []string
	for line := range strings.Lines(b.String()) {
		if f := strings.Fields(line); strings.HasPrefix(line, "Benchmark") {
			if len(f)%2 != 0 || len(f) < 4 {
				t.Errorf("no pairs of value and unit: %s", line)
			}
			names = append(names, f[0])
		}
	}
	if len(names) != 6*7 || names[0] != "BenchmarkCompare/size=64/framing=u32-2" || names[2] != "BenchmarkCompare/size=64/framing=cobs_again-2" || names[7] != names[0] {
		t.Errorf("%d lines: %q", len(names), names)
	}
	for _, want := range []string{"Unit msg/s better=higher\n", "Unit p99-ns better=lower\n", "# refused: payload=random/framing=line: cannot carry", "1000 ns/op"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q", want)
		}
	}
}
