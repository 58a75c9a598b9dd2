package report

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	generate "github.com/invopop/jsonschema"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

const published = "../../docs/schema/result-1.json"

// The published schemas are what the models say. -update writes them anew.
func TestSchemaIsPublished(t *testing.T) {
	for schema, model := range map[string]any{Schema: &Result{}, SendSchema: &Sent{}, RecvSchema: &Received{}, ComparisonSchema: &Comparison{}, CapacitySchema: &Capacity{}} {
		r := &generate.Reflector{AllowAdditionalProperties: true} // keys may be added: see Schema
		if err := r.AddGoComments("github.com/loadframe/loadframe/internal/report", "."); err != nil {
			t.Fatal(err)
		}
		name := strings.ReplaceAll(strings.TrimPrefix(schema, "loadframe."), "/", "-") + ".json"
		s := r.Reflect(model)
		s.ID = generate.ID("https://github.com/loadframe/loadframe/blob/main/docs/schema/" + name)
		s.Title = schema
		key, ok := s.Definitions[reflect.TypeOf(model).Elem().Name()].Properties.Get("schema")
		if !ok {
			t.Fatalf("%s: no key schema", schema)
		}
		key.Const = schema
		doc, err := json.MarshalIndent(s, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		doc = append(doc, '\n')
		path := filepath.Join(filepath.Dir(published), name)
		if *update {
			if err := os.WriteFile(path, doc, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(doc, want) {
			t.Errorf("%s is not what the model says; -update writes it anew", path)
		}
	}
}

func validator(t *testing.T) *jsonschema.Schema {
	t.Helper()
	s, err := jsonschema.NewCompiler().Compile(published)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Every document that is written meets the schema; the golden ones are those of real runs.
func TestDocumentsMeetTheSchema(t *testing.T) {
	s := validator(t)
	files, err := filepath.Glob("testdata/*.json.golden")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	docs := map[string][]byte{}
	for _, f := range files {
		if docs[f], err = os.ReadFile(f); err != nil {
			t.Fatal(err)
		}
	}
	combined, err := Combine(all())
	if err != nil {
		t.Fatal(err)
	}
	every := full(1)
	every.Schema = Schema
	for name, r := range map[string]*Result{"full": every, "zero": {}, "combined": combined} {
		var b bytes.Buffer
		if err := WriteJSON(&b, r, false); err != nil {
			t.Fatal(err)
		}
		docs[name] = b.Bytes()
	}
	for name, doc := range docs {
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(doc))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := s.Validate(v); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A document with a key of the wrong kind, or without one that must be there, does not.
func TestSchemaRefuses(t *testing.T) {
	s := validator(t)
	var b bytes.Buffer
	if err := WriteJSON(&b, pull(), false); err != nil {
		t.Fatal(err)
	}
	for old, bad := range map[string]string{
		`"schema":"loadframe.result/1"`: `"schema":"loadframe.result/2"`,
		`"workload":"pull","framing"`:   `"framing"`,
		`"errors":0`:                    `"errors":"none"`,
		`"duration_s":0.579`:            `"duration_s":null`,
	} {
		if strings.Count(b.String(), old) < 1 {
			t.Fatalf("%s is not in the document", old)
		}
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(strings.ReplaceAll(b.String(), old, bad)))
		if err != nil {
			t.Fatal(err)
		}
		if s.Validate(v) == nil {
			t.Errorf("%s passes", bad)
		}
	}
}
