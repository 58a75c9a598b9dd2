package cli_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/perf/benchfmt"
)

// streamExpect checks that the standard output of the last command is one JSON
// object a line, with these events in this order (one interval stands for
// several), and that the result in the last one meets the schema and every
// expression of [jsonExpect].
func streamExpect(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 1, "stream EVENT,EVENT,... EXPR...")
	var events []string
	var last json.RawMessage
	for line := range strings.Lines(ts.ReadFile("stdout")) {
		var e struct {
			Event string
			Data  json.RawMessage
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil || !strings.HasSuffix(line, "\n") {
			ts.Fatalf("%q is no line of JSON: %v", line, err)
		}
		if e.Event == "interval" && len(events) > 0 && events[len(events)-1] == e.Event {
			continue
		}
		events = append(events, e.Event)
		last = e.Data
	}
	if got := strings.Join(events, ","); got != args[0] {
		ts.Fatalf("events %s, expected %s", got, args[0])
	}
	for _, problem := range checkJSON(last, args[1:]) {
		ts.Fatalf("end: %s", problem)
	}
	ts.Check(meetsSchema(last))
}

// csvExpect checks that the standard output of the last command is a table, and
// that its rows, by number from 0 and name of the column, meet every expression:
// "0.row=interval".
func csvExpect(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 1, "csv EXPR...")
	rows, err := csv.NewReader(strings.NewReader(ts.ReadFile("stdout"))).ReadAll()
	ts.Check(err)
	var table []any
	for _, row := range rows[min(1, len(rows)):] {
		m := map[string]any{}
		for i, cell := range row {
			m[rows[0][i]] = cell
		}
		table = append(table, m)
	}
	expect(ts, table, args)
}

// benchExpect checks that benchstat's reader takes the standard output of the
// last command, and that its samples, by number, meet every expression on their
// "name", on their values by unit ("0.B/s>0"), and on the number of samples
// ("samples=2").
func benchExpect(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 1, "bench EXPR...")
	var samples []any
	for r := benchfmt.NewReader(strings.NewReader(ts.ReadFile("stdout")), "stdout"); r.Scan(); {
		switch rec := r.Result().(type) {
		case *benchfmt.SyntaxError:
			ts.Fatalf("%v", rec)
		case *benchfmt.Result:
			m := map[string]any{"name": string(rec.Name.Full())}
			for _, v := range rec.Values {
				m[v.Unit] = v.Value
			}
			samples = append(samples, m)
		}
	}
	i := slices.IndexFunc(args, func(a string) bool { return strings.HasPrefix(a, "samples=") })
	if i >= 0 {
		if got := fmt.Sprintf("samples=%d", len(samples)); got != args[i] {
			ts.Fatalf("%s, expected %s", got, args[i])
		}
		args = slices.Delete(slices.Clone(args), i, i+1)
	}
	expect(ts, samples, args)
}

func expect(ts *testscript.TestScript, v any, exprs []string) {
	for _, e := range exprs {
		if p := checkExpr(v, e); p != "" {
			ts.Fatalf("%s: %s", e, p)
		}
	}
}
