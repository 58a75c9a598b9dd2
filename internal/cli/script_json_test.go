package cli_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/loadframe/loadframe/internal/report"
)

// jsonExpect checks that the standard output of the last command is one JSON
// document, and that it meets every expression:
//
//	totals.messages=1000          has that value, as JSON writes it; strings without quotes
//	rates.goodput_bytes_per_s>0   is a number greater than that
//	error~refused                 is a string that the regular expression matches
//	!latency_ns                   is absent
func jsonExpect(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 1, "json EXPR...")
	document := []byte(ts.ReadFile("stdout"))
	for _, problem := range checkJSON(document, args) {
		ts.Fatalf("%s", problem)
	}
	ts.Check(meetsSchema(document))
}

// published are the schemas by the name that a document bears.
var published = map[any]string{report.Schema: "result-1", report.SendSchema: "send-1", report.RecvSchema: "recv-1", report.CapacitySchema: "capacity-1", report.ComparisonSchema: "comparison-1"}

// meetsSchema holds a document against its published schema, if it has one.
func meetsSchema(document []byte) error {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		return err
	}
	o, _ := v.(map[string]any)
	name, ok := published[o["schema"]]
	if !ok {
		return nil
	}
	s, err := jsonschema.NewCompiler().Compile("../../docs/schema/" + name + ".json")
	if err != nil {
		return err
	}
	return s.Validate(v)
}

func checkJSON(document []byte, exprs []string) (problems []string) {
	d := json.NewDecoder(bytes.NewReader(document))
	d.UseNumber() // full digits
	var v any
	if err := d.Decode(&v); err != nil {
		return []string{fmt.Sprintf("not JSON: %v", err)}
	}
	if _, err := d.Token(); err != io.EOF {
		return []string{"something follows the JSON document"}
	}
	for _, e := range exprs {
		if p := checkExpr(v, e); p != "" {
			problems = append(problems, e+": "+p)
		}
	}
	return problems
}

func checkExpr(v any, expr string) string {
	if key, ok := strings.CutPrefix(expr, "!"); ok {
		if got, ok := lookup(v, key); ok {
			return fmt.Sprintf("is there: %v", got)
		}
		return ""
	}
	i := strings.IndexAny(expr, "=>~")
	if i < 0 {
		return "want KEY=VALUE, KEY>NUMBER, KEY~REGEXP or !KEY"
	}
	got, ok := lookup(v, expr[:i])
	if !ok {
		return "is absent"
	}
	text, operand := fmt.Sprint(got), expr[i+1:]
	holds := false
	switch expr[i] {
	case '=':
		holds = text == operand
	case '>':
		have, err1 := strconv.ParseFloat(text, 64)
		than, err2 := strconv.ParseFloat(operand, 64)
		holds = err1 == nil && err2 == nil && have > than
	case '~':
		re, err := regexp.Compile(operand)
		holds = err == nil && re.MatchString(text)
	}
	if !holds {
		return fmt.Sprintf("is %q", text)
	}
	return ""
}

// lookup follows a path of keys, and of indices into arrays.
func lookup(v any, path string) (any, bool) {
	for key := range strings.SplitSeq(path, ".") {
		switch parent := v.(type) {
		case map[string]any:
			child, ok := parent[key]
			if !ok {
				return nil, false
			}
			v = child
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i < 0 || i >= len(parent) {
				return nil, false
			}
			v = parent[i]
		default:
			return nil, false
		}
	}
	return v, true
}

// TestCheckJSON shows that the check can fail.
func TestCheckJSON(t *testing.T) {
	const document = `{"a":{"n":9007199254740993,"f":1.5,"s":"it broke"},"list":[{"k":true}]}`
	for expr, holds := range map[string]bool{
		"a.n=9007199254740993": true, "a.n=9007199254740992": false, "a.f>1": true, "a.f>1.5": false, "a.s~^it": true,
		"a.s~^broke": false, "!a.x": true, "!a.n": false, "a.x=1": false, "list.0.k=true": true, "list.1.k=true": false, "a.n": false,
	} {
		if problems := checkJSON([]byte(document), []string{expr}); (len(problems) == 0) != holds {
			t.Errorf("%s: holds %t, expected %t: %q", expr, !holds, holds, problems)
		}
	}
	for _, text := range []string{"", "{", "{}{}", "{} FAILED"} {
		if len(checkJSON([]byte(text), nil)) == 0 {
			t.Errorf("%q passes as one JSON document", text)
		}
	}
}
