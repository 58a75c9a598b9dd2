package report

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"reflect"
	"time"
)

// WriteJSON writes r as one JSON document and a newline; indented by two spaces if indent is set, else on one line. Values that
// JSON cannot express (NaN, infinities) come out as absent where the key may be, else as 0: the document is always valid. It
// does not change r.
func WriteJSON(w io.Writer, r *Result, indent bool) error {
	by := ""
	if indent {
		by = "  "
	}
	return encode(w, r.document(), by, "the result as JSON")
}

// encode writes v as one JSON document and a newline, indented by so much for each level; on one line if that is nothing.
func encode(w io.Writer, v any, indent, what string) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false) // the command line of a person is full of < > &
	e.SetIndent("", indent)
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("report: writing %s: %w", what, err)
	}
	return nil
}

// document returns r as it is written: finite, with the name of its schema, and the runs within it too.
func (r *Result) document() *Result {
	c := r.finite()
	if c.Schema == "" {
		c.Schema = Schema
	}
	if c.Command == nil {
		c.Command = []string{} // an array in every document, so that readers need no case for null
	}
	if c.Repeat != nil {
		for i, run := range c.Repeat.Runs {
			c.Repeat.Runs[i] = run.document()
		}
	}
	return c
}

// PerSecond returns n/seconds, and 0 when no time passed: a rate of an empty interval is not a number, and a document with
// NaN in it is not JSON.
func PerSecond(n int64, seconds float64) float64 {
	if !(seconds > 0) || math.IsInf(seconds, 0) {
		return 0
	}
	if v := float64(n) / seconds; !math.IsInf(v, 0) {
		return v
	}
	return 0 // a subnormal duration
}

// finite returns a copy of r without NaN and infinities.
func (r *Result) finite() *Result {
	c := finite(reflect.ValueOf(*r)).Interface().(Result)
	return &c
}

// finite returns a copy of v without NaN and infinities. Callers compute rates with PerSecond, so it is a net, not a way; it
// walks by reflection so that a float added to the model later cannot be forgotten.
func finite(v reflect.Value) reflect.Value {
	if v.Type() == reflect.TypeFor[time.Time]() {
		return v
	}
	out := reflect.New(v.Type()).Elem()
	switch v.Kind() {
	case reflect.Float64:
		if f := v.Float(); !math.IsNaN(f) && !math.IsInf(f, 0) {
			out.SetFloat(f)
		}
	case reflect.Pointer:
		if v.IsNil() {
			break
		}
		if e := v.Elem(); e.Kind() == reflect.Float64 && (math.IsNaN(e.Float()) || math.IsInf(e.Float(), 0)) {
			break // absent, not zero
		}
		p := reflect.New(v.Type().Elem())
		p.Elem().Set(finite(v.Elem()))
		out.Set(p)
	case reflect.Struct:
		for i := range v.NumField() {
			out.Field(i).Set(finite(v.Field(i)))
		}
	case reflect.Slice:
		if v.IsNil() {
			break
		}
		s := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		for i := range v.Len() {
			s.Index(i).Set(finite(v.Index(i)))
		}
		out.Set(s)
	case reflect.Map:
		if v.IsNil() {
			break
		}
		m := reflect.MakeMapWithSize(v.Type(), v.Len())
		for _, key := range v.MapKeys() {
			m.SetMapIndex(key, finite(v.MapIndex(key)))
		}
		out.Set(m)
	default:
		out.Set(v)
	}
	return out
}
