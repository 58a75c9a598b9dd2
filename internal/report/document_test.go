package report

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// What was written is read as what it was.
func TestReadDocument(t *testing.T) {
	for _, want := range []any{
		&Result{Schema: Schema, Workload: "echo", Command: []string{"loadframe"}},
		&Comparison{Schema: ComparisonSchema, Contenders: []Contender{{Name: "u32", Framing: "u32"}}},
		&Capacity{Schema: CapacitySchema, Goals: []Goal{{Expr: "p99<1ms", Low: new(2.5)}}},
		&Sent{Schema: SendSchema, Tried: 3},
		&Received{Schema: RecvSchema, Records: 3},
	} {
		text, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ReadDocument(bytes.NewReader(text))
		if err != nil {
			t.Errorf("%T: %v", want, err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
}

func TestReadDocumentOfFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json.golden")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		if doc, err := ReadDocument(f); err != nil || reflect.TypeOf(doc) != reflect.TypeFor[*Result]() {
			t.Errorf("%s: %T, %v", name, doc, err)
		}
		f.Close()
	}
}

// The lines of --json-stream hold the result in the last of them; a run that was killed has none.
func TestReadDocumentOfStream(t *testing.T) {
	var b bytes.Buffer
	s := NewStream(&b)
	s.Start(pull())
	s.Interval(Interval{EndS: 1})
	if _, err := ReadDocument(bytes.NewReader(b.Bytes())); err == nil || !strings.Contains(err.Error(), "without its end") {
		t.Errorf("no end: %v", err)
	}
	if err := s.End(pull()); err != nil {
		t.Fatal(err)
	}
	doc, err := ReadDocument(&b)
	if err != nil {
		t.Fatal(err)
	}
	if r, ok := doc.(*Result); !ok || !reflect.DeepEqual(r, pull().document()) {
		t.Errorf("got %+v", doc)
	}
}

func TestReadDocumentRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                                   "empty document",
		" \n":                                "empty document",
		"not json":                           "no document",
		"[1,2]":                              "no document",
		"null":                               "no schema; known are loadframe.result/1, loadframe.comparison/1",
		`{"start":{},"end":{}}`:              "no schema",
		`{"schema":7}`:                       "no document",
		`{"schema":"loadframe.result/2"}`:    `schema "loadframe.result/2"; known are loadframe.result/1`,
		`{"schema":"loadframe.result/1"} {}`: "no document",
		`{"schema":"loadframe.stream/1"}`:    `schema "loadframe.stream/1"`,
		`{"event":"interval"}`:               "without its end",
		`{"event":"end","data":null}`:        "no schema",
		`{"schema":"loadframe.result/1","start":"today"}`:                                               "document of schema loadframe.result/1",
		`{"schema":"loadframe.result/1","totals":{"errors":"none"}}`:                                    "document of schema loadframe.result/1",
		`{"schema":"loadframe.result/1","repeat":{"runs":[{},null]}}`:                                   "repeat.runs[1] is null",
		`{"schema":"loadframe.comparison/1","cells":[{"estimates":{"messages_per_s":null}}]}`:           `cells[0].estimates["messages_per_s"] is null`,
		`{"schema":"` + strings.Repeat("x", 1000) + `"}`:                                                `xxx"; known are`,
		`{"schema":"loadframe.result/1","repeat":` + strings.Repeat(`{"runs":[{"repeat":`, 20000) + `1`: "no document",
	} {
		doc, err := ReadDocument(strings.NewReader(text))
		switch {
		case err == nil:
			t.Errorf("%.60s: read as %T", text, doc)
		case !strings.Contains(err.Error(), want):
			t.Errorf("%.60s: %v, want %s", text, err, want)
		case len(err.Error()) > 400:
			t.Errorf("%.60s: an error of %d bytes", text, len(err.Error()))
		}
	}
}

// What every document of a schema has cannot be left out of it, whichever the schema.
func TestReadDocumentWithoutAKey(t *testing.T) {
	for _, d := range documents {
		_, err := ReadDocument(strings.NewReader(`{"schema":"` + d.schema + `"}`))
		if err == nil || !strings.Contains(err.Error(), d.schema+": it has no tool, command, ") || len(err.Error()) > 400 {
			t.Errorf("nothing but its schema: %v", err)
		}
		text, err := json.Marshal(d.make())
		if err != nil {
			t.Fatal(err)
		}
		var keys map[string]any
		if err := json.Unmarshal(text, &keys); err != nil {
			t.Fatal(err)
		}
		keys["schema"] = d.schema
		for key, value := range maps.Clone(keys) {
			if key == "schema" {
				continue
			}
			delete(keys, key)
			text, err := json.Marshal(keys)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := ReadDocument(bytes.NewReader(text)); err == nil || !strings.HasSuffix(err.Error(), d.schema+": it has no "+key) {
				t.Errorf("%s without %s: %v", d.schema, key, err)
			}
			keys[key] = value
		}
		if text, err = json.Marshal(keys); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadDocument(bytes.NewReader(text)); err != nil {
			t.Error(err)
		}
	}
}

// Nothing that is read makes it panic.
func FuzzReadDocument(f *testing.F) {
	f.Add([]byte(`{"schema":"loadframe.result/1","repeat":{"runs":[null]}}`))
	f.Add([]byte(`{"event":"end","data":{"schema":"loadframe.capacity/1","goals":[{"low":1}]}}`))
	f.Add([]byte(`{"schema":"loadframe.comparison/1","cells":[{"estimates":{"a":{"median":1e308}}}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		doc, err := ReadDocument(bytes.NewReader(text))
		if (doc == nil) == (err == nil) {
			t.Errorf("%T, %v", doc, err)
		}
	})
}
