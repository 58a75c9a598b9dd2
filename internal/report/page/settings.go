package page

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// settingsTable has what was asked for and where, key by key as in the documents. Rows in which the runs differ come first and say so.
func settingsTable(all []*run) *table {
	t := &table{Caption: "Settings", Fold: "Settings, host and command", Head: []string{"key"}}
	var keys []string
	values := make([]map[string]string, len(all))
	for i, r := range all {
		t.Head = append(t.Head, r.name)
		values[i] = map[string]string{}
		set := func(key, value string) {
			if !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
			values[i][key] = value
		}
		set("command", strings.Join(r.r.Command, " "))
		for _, part := range []struct {
			name  string
			value any
		}{{"config", r.r.Config}, {"host", r.r.Host}, {"tool", r.r.Tool}, {"tcp_info", r.r.TCPInfo}, {"clock", r.r.Clock}, {"idle", r.r.Idle}} {
			flatten(part.name, part.value, set)
		}
		set("start", r.r.Start.Format("2006-01-02T15:04:05.000Z07:00"))
		set("duration_s", strconv.FormatFloat(r.r.DurationS, 'g', -1, 64))
		for _, class := range sortedKeys(r.r.Totals.Faults) {
			set("faults."+class, digits(r.r.Totals.Faults[class]))
		}
	}
	var differ, same []row
	for _, key := range keys {
		row := row{Head: key}
		for i := range all {
			row.Cells = append(row.Cells, words(values[i][key]))
			if values[i][key] != values[0][key] {
				row.Note = "differs"
			}
		}
		if row.Note != "" {
			differ = append(differ, row)
		} else {
			same = append(same, row)
		}
	}
	t.Rows = append(differ, same...)
	return t
}

// flatten calls set for each value of an object of the document, under its keys joined by dots, in the order of the document.
func flatten(name string, v any, set func(key, value string)) {
	text, err := json.Marshal(v)
	if err != nil {
		return // a number that JSON has no word for; no document that was read has one
	}
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	var walk func(path string)
	walk = func(path string) {
		tok, err := d.Token()
		if err != nil {
			return
		}
		if tok == json.Delim('{') {
			for d.More() {
				key, _ := d.Token()
				walk(path + "." + fmt.Sprint(key))
			}
			_, _ = d.Token()
			return
		}
		if tok == json.Delim('[') { // the models have no arrays in what is shown here
			for d.More() {
				walk(path)
			}
			_, _ = d.Token()
			return
		}
		if tok != nil {
			set(path, fmt.Sprint(tok))
		}
	}
	walk(name)
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
