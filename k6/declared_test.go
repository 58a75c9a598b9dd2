package k6

import (
	"errors"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.k6.io/k6/v2/metrics"

	"github.com/loadframe/loadframe/client"
)

// declared returns what stands between the braces of an interface of index.d.ts.
func declared(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("index.d.ts")
	if err != nil {
		t.Fatal(err)
	}
	_, body, ok := strings.Cut(string(text), "export interface "+name+" {\n")
	body, _, end := strings.Cut(body, "\n  }\n")
	if !ok || !end {
		t.Fatalf("index.d.ts has no interface %s", name)
	}
	return body
}

// properties returns the names in an interface, those that may be absent with a
// question mark, in order.
func properties(body string) (names []string) {
	for _, m := range regexp.MustCompile(`(?m)^    (\w+\??):`).FindAllStringSubmatch(body, -1) {
		names = append(names, m[1])
	}
	slices.Sort(names)
	return names
}

// What index.d.ts declares is what client() takes, and what burst() returns.
func TestDeclarationsAreWhatIsThere(t *testing.T) {
	body := declared(t, "Options")
	var options []string
	for _, name := range properties(body) {
		options = append(options, strings.TrimSuffix(name, "?"))
	}
	if keys := slices.Sorted(slices.Values(optionKeys())); !slices.Equal(options, keys) {
		t.Errorf("declared are the options %v, there are %v", options, keys)
	}
	for _, w := range client.Workloads() {
		if !strings.Contains(body, `"`+w+`"`) {
			t.Errorf("workload %s is not declared", w)
		}
	}
	b := &burstResult{Result: client.Result{Took: time.Second}}
	var always, all []string
	for key := range b.object() {
		always = append(always, key)
	}
	b.err, b.latency = errors.New("broken"), []int64{1, 2, 3}
	for key := range b.object() {
		if !slices.Contains(always, key) {
			key += "?"
		}
		all = append(all, key)
	}
	if slices.Sort(all); !slices.Equal(properties(declared(t, "Burst")), all) {
		t.Errorf("declared is %v of a burst, there is %v", properties(declared(t, "Burst")), all)
	}
}

// The table of metrics in the docs has those that k6 is told, with their types.
func TestMetricsAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../docs/k6.md")
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if cells := strings.Split(line, "|"); len(cells) > 3 {
			for _, m := range regexp.MustCompile("`(loadframe_\\w+)`").FindAllStringSubmatch(cells[1], -1) {
				told[m[1]] = strings.TrimSpace(cells[2])
			}
		}
	}
	r := metrics.NewRegistry()
	if _, err := newMeasures(r); err != nil {
		t.Fatal(err)
	}
	for _, m := range r.All() {
		if told[m.Name] != m.Type.String() {
			t.Errorf("%s is told to be a %q, and is a %s", m.Name, told[m.Name], m.Type)
		}
		delete(told, m.Name)
	}
	for name := range told {
		t.Errorf("%s is documented, and there is none", name)
	}
}
