package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
)

const pageOfResults = "../../docs/results.md"

// A page for people has every key of the schema, with its description. -update writes its tables anew.
func TestKeysAreDocumented(t *testing.T) {
	page, err := os.ReadFile(pageOfResults)
	if err != nil {
		t.Fatal(err)
	}
	const mark = "<!-- The tables below are written by the tests of internal/report. -->\n"
	head, _, ok := bytes.Cut(page, []byte(mark))
	if !ok {
		t.Fatalf("%s lacks the line %s", pageOfResults, mark)
	}
	want := append(bytes.Clone(head), mark+tables(t)...)
	if *update {
		if err := os.WriteFile(pageOfResults, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(page, want) {
		t.Errorf("%s is not what the schema says; -update writes it anew", pageOfResults)
	}
}

// property is what the schema says of a key.
type property struct {
	Type, Description string
	Ref               string `json:"$ref"`
	Items             *property
}

// tables has a table for each object of the schema, in the order in which a reader of the document meets them.
func tables(t *testing.T) string {
	doc, err := os.ReadFile(published)
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Defs map[string]struct {
			Description string
			Properties  json.RawMessage // their order is that of the document
			Required    []string
		} `json:"$defs"`
	}
	if err := json.Unmarshal(doc, &schema); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	todo, seen := []string{"Result"}, map[string]bool{"Result": true}
	for len(todo) > 0 {
		name := todo[0]
		todo = todo[1:]
		def := schema.Defs[name]
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n| key | kind | |\n|---|---|---|\n", name, def.Description)
		required := map[string]bool{}
		for _, key := range def.Required {
			required[key] = true
		}
		for _, key := range orderedKeys(t, def.Properties) {
			var ps map[string]property
			if err := json.Unmarshal(def.Properties, &ps); err != nil {
				t.Fatal(err)
			}
			p := ps[key]
			if p.Description == "" {
				t.Errorf("%s.%s has no description: its field wants a comment", name, key)
			}
			kind, of := p.kind()
			if !required[key] {
				kind += ", may be absent"
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", key, kind, strings.ReplaceAll(p.Description, "|", `\|`))
			if of != "" && !seen[of] {
				seen[of] = true
				todo = append(todo, of)
			}
		}
	}
	if len(seen) != len(schema.Defs) {
		t.Errorf("%d of %d objects of the schema can be reached", len(seen), len(schema.Defs))
	}
	return b.String()
}

// kind returns what a value is, and the object that it is or consists of.
func (p property) kind() (kind, of string) {
	switch {
	case p.Ref != "":
		of = p.Ref[strings.LastIndexByte(p.Ref, '/')+1:]
		return fmt.Sprintf("[%s](#%s)", of, strings.ToLower(of)), of
	case p.Items != nil:
		kind, of = p.Items.kind()
		return "array of " + kind, of
	}
	return p.Type, ""
}

func orderedKeys(t *testing.T, object json.RawMessage) (keys []string) {
	d := json.NewDecoder(bytes.NewReader(object))
	if _, err := d.Token(); err != nil {
		t.Fatal(err)
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key.(string))
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			t.Fatal(err)
		}
	}
	return keys
}
