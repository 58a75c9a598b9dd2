package report

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// searched is a search with two goals, one of which this machine kept from its number.
func searched() *Capacity {
	r := echo()
	c := &Capacity{
		Schema: CapacitySchema, Tool: r.Tool, Command: []string{"loadframe", "capacity", "echo", "--slo", "p99<2ms"}, Config: r.Config, Host: r.Host,
		Start: r.Start, DurationS: 61.5, Workload: "echo", Framing: "u32", Transport: "tcp",
		Plan:       Plan{Precision: 0.05, ShortS: 1, FullS: 5, Confirm: 2, Arrival: "poisson", Least: 10, Most: 1e9, MaxTimeS: 300},
		ClosedLoop: new(120345.6),
		Goals: []Goal{
			{Expr: "p99<2ms,errors<0.1%", Low: new(57500.0), High: new(60000.0), Flapping: []float64{60000}, Knee: new(40000.0)},
			{Expr: "p99<200ms", Low: new(60000.0), Limit: "generator", Knee: new(40000.0)},
		},
		Health: &Health{GeneratorLimited: true, Reasons: []string{"in 1 of 6 trials this machine was the limit: they say nothing of the server"}},
	}
	for i := range c.Goals {
		c.Goals[i].Tell()
	}
	for i, t := range []struct {
		rate     float64
		p50, p99 int64
		full     bool
		verdicts string
	}{
		{120345.6, 150e6, 290e6, false, "failed generator"}, {60172.8, 900e3, 9e6, false, "failed met"}, {30086.4, 40e3, 310e3, false, "met met"},
		{57500, 300e3, 1.9e6, true, "met met"}, {60000, 400e3, 2.4e6, true, "failed met"}, {99.5, 40e3, 50e3, false, "generator generator"}, {40000, 60e3, 500e3, false, "met met"},
	} {
		q := &Quantiles{Count: 1000, Min: 9000, Mean: t.p50, P50: t.p50, P90: t.p99, P99: t.p99, P999: t.p99, P9999: t.p99, Max: t.p99}
		c.Trials = append(c.Trials, Trial{RateMessagesPerS: t.rate, MessagesPerS: t.rate * 0.99, StartS: float64(i), DurationS: 1, Full: t.full,
			Latency: &Latency{Response: q}, Unsent: int64(i), Verdicts: strings.Fields(t.verdicts),
			Conditions: []Threshold{{Expr: "p99<2ms", Value: new(float64(t.p99)), OK: t.p99 < 2e6}}, Health: &Health{GeneratorLimited: i == 0}})
	}
	return c
}

func TestCapacityText(t *testing.T) {
	c := searched()
	var b bytes.Buffer
	fmt.Fprintln(&b, c.Headline())
	fmt.Fprintln(&b, c.Header())
	for _, trial := range c.Trials {
		fmt.Fprintln(&b, c.Line(trial))
	}
	if err := c.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	if err := c.WritePlot(&b, 80); err != nil {
		t.Fatal(err)
	}
	golden(t, "capacity.txt", b.Bytes())
}

// Whatever is known of a goal, there is a sentence that says what, and never a number where there is none.
func TestGoalsAreTold(t *testing.T) {
	var b strings.Builder
	for _, g := range []Goal{
		{}, {Limit: "time"}, {Limit: "time", Likely: new(500.0)}, {Low: new(10.25), High: new(11.0)}, {Low: new(1e6), Limit: "range"}, {High: new(10.0), Limit: "range"},
		{Limit: "generator"}, {Low: new(5e4), Limit: "generator"}, {Low: new(5e4), High: new(1e5), Limit: "generator"}, {High: new(1e5), Limit: "generator"},
		{Low: new(900.0), High: new(1000.0), Limit: "time"}, {Low: new(900.0), High: new(940.0), Flapping: []float64{900, 940}, Again: new(2000.0)},
	} {
		g.Tell()
		if number := g.Limit == "generator"; number != strings.HasPrefix(g.Text, "No number: this machine") {
			t.Errorf("%+v", g)
		}
		b.WriteString(g.Text + "\n")
	}
	golden(t, "capacity-goals.txt", []byte(b.String()))
}

func TestCapacityMeetsItsSchema(t *testing.T) {
	s, err := jsonschema.NewCompiler().Compile("../../docs/schema/capacity-1.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]*Capacity{"searched": searched(), "none": {Schema: CapacitySchema, Command: []string{}, Goals: []Goal{}, Trials: []Trial{}, Error: "no"}} {
		var b bytes.Buffer
		if err := WriteDocument(&b, c); err != nil {
			t.Fatal(err)
		}
		v, err := jsonschema.UnmarshalJSON(&b)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(v); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		v.(map[string]any)["trials"] = "none"
		if s.Validate(v) == nil {
			t.Errorf("%s: trials of the wrong kind pass", name)
		}
	}
}

func TestCapacityCSV(t *testing.T) {
	c := searched()
	var b bytes.Buffer
	if err := c.WriteCSV(&b); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll() // which wants as many cells in each row
	if err != nil || len(rows) != 1+len(c.Trials)+len(c.Goals) {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	at := func(row int, column string) string { return rows[row][slices.Index(rows[0], column)] }
	for _, x := range []struct {
		row          int
		column, want string
	}{{1, "row", "trial"}, {1, "rate_per_s", "120345.6"}, {1, "generator_limited", "true"}, {1, "verdict_1", "failed"}, {2, "verdict_2", "met"}, {2, "p99_ns", "9000000"},
		{8, "row", "goal"}, {8, "expr", "p99<2ms,errors<0.1%"}, {8, "low_per_s", "57500"}, {8, "high_per_s", "60000"}, {9, "limit", "generator"}, {9, "high_per_s", ""}, {9, "knee_per_s", "40000"}} {
		if got := at(x.row, x.column); got != x.want {
			t.Errorf("row %d, %s: %q, expected %q", x.row, x.column, got, x.want)
		}
	}
	if err := c.WriteCSV(brokenWriter{}); err == nil {
		t.Error("a writer that fails is not told of")
	}
}

// No line of the plot is wider than the terminal, none ends in blanks, and a trial that says nothing has none.
func TestCapacityPlotIsBounded(t *testing.T) {
	equal := searched()
	for i := range equal.Trials {
		equal.Trials[i].Latency.Response = &Quantiles{Count: 1}
	}
	for name, c := range map[string]*Capacity{"searched": searched(), "equal": equal, "zero": {}} {
		for columns := range 200 {
			var b bytes.Buffer
			if err := c.WritePlot(&b, columns); err != nil {
				t.Fatal(err)
			}
			if (columns < plotLeast || name == "zero") != (b.Len() == 0) {
				t.Fatalf("%s: %d bytes on %d columns", name, b.Len(), columns)
			}
			for line := range strings.Lines(b.String()) {
				line = strings.TrimSuffix(line, "\n")
				if n := utf8.RuneCountInString(line); n > columns || line != strings.TrimRight(line, " ") || strings.HasPrefix(strings.TrimSpace(line), "99.5") {
					t.Errorf("%s: %d columns on %d: %q", name, n, columns, line)
				}
			}
		}
	}
}
