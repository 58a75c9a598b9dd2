package report

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// WriteBench writes results in Go's benchmark format (golang.org/design/14313-benchmark-format), one line a result, so that
// benchstat compares them:
//
//	benchstat -col /framing old.txt new.txt
//
// The name carries what the run depended on as key=value; the values are goodput, rates, percentiles and cost, each where it was
// measured. Units with "-ns" are times and come out scaled. Runs that failed are left out and named in a comment line: half a run
// is no sample. Results of one call share one header, that of the first.
func WriteBench(w io.Writer, results []*Result) error {
	b := bufio.NewWriter(w)
	if len(results) > 0 {
		benchHeader(b, results[0])
	}
	for _, r := range results {
		if r.Failed() {
			fmt.Fprintf(b, "# failed: %s\n", strings.ReplaceAll(r.Error, "\n", " "))
			continue
		}
		benchLine(b, r.finite())
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("report: writing benchmark text: %w", err)
	}
	return nil
}

func benchHeader(w io.Writer, r *Result) {
	r.facts(w)
	for _, m := range metrics {
		fmt.Fprintf(w, "Unit %s better=%s\n", m.Unit, m.Better)
	}
}

// facts writes where the result is from.
func (r *Result) facts(w io.Writer) {
	for _, kv := range [][2]string{
		{"goos", r.Host.OS}, {"goarch", r.Host.Arch}, {"pkg", "github.com/loadframe/loadframe"}, {"kernel", r.Host.Kernel},
		{"go", r.Tool.Go}, {"gnet", r.Tool.GNet}, {"loadframe", r.Tool.Version},
	} {
		if kv[1] != "" {
			fmt.Fprintf(w, "%s: %s\n", kv[0], kv[1])
		}
	}
}

func benchLine(w io.Writer, r *Result) {
	n := int64(1)
	if r.Totals.Messages != nil && *r.Totals.Messages > 0 {
		n = *r.Totals.Messages
	}
	fmt.Fprintf(w, "%s-%d\t%d", benchName(r), max(r.Host.GOMAXPROCS, 1), n)
	if n > 0 {
		fmt.Fprintf(w, "\t%s ns/op", short(r.DurationS*1e9/float64(n)))
	}
	for _, m := range metrics {
		if v := m.Of(r); v != nil {
			fmt.Fprintf(w, "\t%s %s", short(*v), m.Unit)
		}
	}
	fmt.Fprintln(w)
}

// benchName is what the run depended on. Values must hold no blank, and no slash, which begins the next key.
func benchName(r *Result) string {
	c := &r.Config
	name := "Benchmark" + strings.ToUpper(r.Workload[:min(1, len(r.Workload))]) + r.Workload[min(1, len(r.Workload)):]
	size := c.Sizes
	if size == "" && c.Size > 0 {
		size = strconv.FormatInt(c.Size, 10)
	}
	pairs := [][2]string{{"framing", r.Framing}, {"transport", r.Transport}, {"size", size}, {"conns", positive(c.Connections)},
		{"depth", positive(c.Depth)}, {"batch", positive(c.Batch)}, {"verify", c.Verify}}
	switch {
	case c.Schedule != "":
		pairs = append(pairs, [2]string{"arrival", c.Schedule})
	case c.MessagesPerS > 0:
		pairs = append(pairs, [2]string{"rate", short(c.MessagesPerS)})
	}
	for _, k := range sortedKeys(c.Labels) {
		pairs = append(pairs, [2]string{k, c.Labels[k]})
	}
	for _, kv := range pairs {
		if kv[1] != "" {
			name += "/" + clean(kv[0]) + "=" + clean(kv[1])
		}
	}
	return name
}

// clean makes one word of a value. A minus would be taken for the number of processors at the end of the name.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r == '/' || r == '-' || r == 0x7f {
			return '_'
		}
		return r
	}, s)
}

func positive(n int) string {
	if n <= 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// short returns v in full where that is short, and without an exponent.
func short(v float64) string {
	if v >= 100 || v == float64(int64(v)) {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'f', 4, 64)
}
