package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"golang.org/x/perf/benchfmt"
)

func all() []*Result { return []*Result{pull(), echo(), ack(), failed()} }

// What WriteBench writes, benchstat's own reader understands: names, configuration, values and which way is better.
func TestBench(t *testing.T) {
	var b bytes.Buffer
	if err := WriteBench(&b, all()); err != nil {
		t.Fatal(err)
	}
	golden(t, "bench.txt", b.Bytes())
	reader := benchfmt.NewReader(&b, "bench.txt")
	var lines int
	for reader.Scan() {
		switch rec := reader.Result().(type) {
		case *benchfmt.SyntaxError:
			t.Error(rec)
		case *benchfmt.UnitMetadata:
			if rec.Value != string(Higher) && rec.Value != string(Lower) {
				t.Errorf("%s: %s=%s", rec.Unit, rec.Key, rec.Value)
			}
		case *benchfmt.Result:
			lines++
			base, parts := rec.Name.Parts()
			if len(parts) < 3 || string(base) == "" {
				t.Errorf("%s has parts %q", rec.Name, parts)
			}
			if v, ok := rec.Value("B/s"); !ok || v <= 0 {
				t.Errorf("%s: goodput %v, %t", rec.Name, v, ok)
			}
			if string(base) == "Echo" {
				// The reader scales ns to seconds.
				if v, ok := rec.Value("p99-sec"); !ok || v != 212e-6 {
					t.Errorf("%s: p99 %v, %t", rec.Name, v, ok)
				}
			}
		}
	}
	if lines != 3 { // a failed run is no sample
		t.Errorf("%d results", lines)
	}
}

// Names cannot be broken by what a person calls a run.
func TestBenchName(t *testing.T) {
	r := echo()
	r.Config.Labels = map[string]string{"host": "a b/c-d\n", "zone": "x"}
	r.Config.Schedule = ""
	want := "BenchmarkEcho/framing=length/transport=tcp/size=64/conns=64/depth=1/batch=1/verify=full/rate=100000/host=a_b_c_d_/zone=x"
	if name := benchName(r); name != want {
		t.Errorf("%s, want %s", name, want)
	}
}

func TestCSV(t *testing.T) {
	var b bytes.Buffer
	if err := WriteCSV(&b, all()); err != nil {
		t.Fatal(err)
	}
	golden(t, "all.csv", b.Bytes())
	rows, err := csv.NewReader(&b).ReadAll() // it refuses rows of unequal length
	if err != nil {
		t.Fatal(err)
	}
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	intervals, totals := 0, 0
	for _, row := range rows[1:] {
		switch row[column["row"]] {
		case "interval":
			intervals++
		case "total":
			totals++
		}
	}
	if intervals != 2 || totals != 4 {
		t.Errorf("%d intervals, %d totals", intervals, totals)
	}
	if got := rows[len(rows)-1][column["error"]]; got != failed().Error {
		t.Errorf("error %q", got)
	}
	for _, row := range rows {
		if row[column["workload"]] == "echo" && row[column["p99_ns"]] != "212000" {
			t.Errorf("p99 %q", row[column["p99_ns"]])
		}
	}
}

func TestStream(t *testing.T) {
	for name, r := range map[string]*Result{"pull": pull(), "failed": failed()} {
		var b bytes.Buffer
		s := NewStream(&b)
		s.Start(r)
		for _, v := range r.Intervals {
			s.Interval(v)
		}
		if err := s.End(r); err != nil {
			t.Fatal(err)
		}
		var events []string
		for line := range bytes.Lines(b.Bytes()) {
			var e struct {
				Event string
				Data  json.RawMessage
			}
			if err := json.Unmarshal(line, &e); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			events = append(events, e.Event)
			if e.Event != "end" {
				continue
			}
			var whole bytes.Buffer
			if err := WriteJSON(&whole, r, false); err != nil {
				t.Fatal(err)
			}
			var a, b any
			if json.Unmarshal(whole.Bytes(), &a) != nil || json.Unmarshal(e.Data, &b) != nil {
				t.Fatal("not JSON")
			}
			if x, y := mustJSON(a), mustJSON(b); x != y {
				t.Errorf("the end has\n%s\n-J has\n%s", y, x)
			}
		}
		want := "start interval end"
		if r.Failed() {
			want = "start interval error end"
		}
		if got := strings.Join(events, " "); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func mustJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// Whoever reads the output may go away: that is an error, not silence.
func TestOutputsTellOfABrokenPipe(t *testing.T) {
	s := NewStream(brokenWriter{})
	s.Start(pull())
	for name, err := range map[string]error{"bench": WriteBench(brokenWriter{}, all()), "csv": WriteCSV(brokenWriter{}, all()), "stream": s.End(pull())} {
		if !errors.Is(err, errBroken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
