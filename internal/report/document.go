package report

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
)

// documentLimit bounds what is read of a document: an hour of intervals of 10 ms takes a quarter of it.
const documentLimit = 256 << 20

// documents are the schemas that are known, and what holds one.
var documents = []struct {
	schema string
	make   func() any
}{
	{Schema, func() any { return new(Result) }},
	{ComparisonSchema, func() any { return new(Comparison) }},
	{CapacitySchema, func() any { return new(Capacity) }},
	{SendSchema, func() any { return new(Sent) }},
	{RecvSchema, func() any { return new(Received) }},
}

// documentSchemas returns the schemas that [ReadDocument] knows.
func documentSchemas() (names []string) {
	for _, d := range documents {
		names = append(names, d.schema)
	}
	return names
}

// ReadDocument reads one document of any command, up to the end of r: a [*Result], [*Comparison], [*Capacity], [*Sent] or [*Received].
// Of the lines of --json-stream it is the result that the last of them holds. It fails on what is no JSON, has another schema, lacks a key
// that every document of its schema has, has one of the wrong kind, or is longer than 256 MiB. Lists that it returns hold no nil pointers.
func ReadDocument(r io.Reader) (any, error) {
	text, err := io.ReadAll(io.LimitReader(r, documentLimit+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("report: reading a document: %w", err)
	case len(text) > documentLimit:
		return nil, fmt.Errorf("report: document too long: more than %d bytes", documentLimit)
	case len(bytes.TrimSpace(text)) == 0:
		return nil, errors.New("report: an empty document")
	}
	text, err = lastOfStream(text)
	if err != nil {
		return nil, err
	}
	var head struct {
		Schema *string `json:"schema"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		var other *json.UnmarshalTypeError
		if errors.As(err, &other) {
			return nil, fmt.Errorf("report: no document of ours: %s where %s is wanted", other.Value, cmp.Or(other.Field, "an object"))
		}
		return nil, fmt.Errorf("report: no document: %w", err)
	}
	known := strings.Join(documentSchemas(), ", ")
	if head.Schema == nil {
		return nil, fmt.Errorf("report: no document of ours: it has no schema; known are %s", known)
	}
	for _, d := range documents {
		if d.schema != *head.Schema {
			continue
		}
		doc := d.make()
		if err := json.Unmarshal(text, doc); err != nil {
			return nil, fmt.Errorf("report: document of schema %s: %w", d.schema, err)
		}
		if at := null(reflect.ValueOf(doc).Elem(), ""); at != "" {
			return nil, fmt.Errorf("report: document of schema %s: %s is null", d.schema, at)
		}
		if keys := absent(text, doc); len(keys) > 0 {
			return nil, fmt.Errorf("report: document of schema %s: it has no %s", d.schema, strings.Join(keys, ", "))
		}
		return doc, nil
	}
	return nil, fmt.Errorf("report: document of schema %.80q; known are %s", *head.Schema, known)
}

// lastOfStream returns the result in the last line of --json-stream. A document that is none comes back as it is.
func lastOfStream(text []byte) ([]byte, error) {
	first, _, _ := bytes.Cut(text, []byte("\n"))
	var line struct {
		Event string          `json:"event"`
		Data  json.RawMessage `json:"data"`
	}
	if json.Unmarshal(first, &line) != nil || line.Event == "" {
		return text, nil
	}
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	if err := json.Unmarshal(lines[len(lines)-1], &line); err != nil || line.Event != "end" {
		return nil, errors.New("report: the lines of a stream without its end: it has no result")
	}
	return line.Data, nil
}

// absent returns the keys that text lacks of those that doc, which was read from it, is never written without: the published schemas require the
// same. Without them it would be drawn as a run that measured nothing.
func absent(text []byte, doc any) (keys []string) {
	var has map[string]json.RawMessage
	_ = json.Unmarshal(text, &has) // an object, or doc could not have been read
	t := reflect.TypeOf(doc).Elem()
	for i := range t.NumField() {
		name, options, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if _, ok := has[name]; !ok && options != "omitempty" {
			keys = append(keys, name)
		}
	}
	return keys
}

// null returns where a list or a map holds null for an object, "" if none does: the models point to what they hold, and nobody looks for
// nil in a list. Fields may be nil: that is what was not measured.
func null(v reflect.Value, at string) string {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			return null(v.Elem(), at)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if !f.IsExported() {
				continue // of time.Time
			}
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if bad := null(v.Field(i), strings.TrimPrefix(at+"."+name, ".")); bad != "" {
				return bad
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			if bad := nullIn(v.Index(i), fmt.Sprintf("%s[%d]", at, i)); bad != "" {
				return bad
			}
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			if bad := nullIn(v.MapIndex(key), fmt.Sprintf("%s[%.40q]", at, key.String())); bad != "" {
				return bad
			}
		}
	}
	return ""
}

func nullIn(v reflect.Value, at string) string {
	if v.Kind() == reflect.Pointer && v.IsNil() {
		return at
	}
	return null(v, at)
}
