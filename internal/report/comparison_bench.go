package report

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// CompareName is what a cell is called below BenchmarkCompare: "size=64/framing=u32", where the base point is called by its size.
func CompareName(p Point, contender string) string {
	factor, value := p.Factor, p.Value
	if factor == "" {
		factor, value = "size", p.Sizes
	}
	return clean(factor) + "=" + clean(value) + "/framing=" + clean(contender)
}

// WriteBench writes the cells in Go's benchmark format, one line a round and cell, in the order in which rounds were measured:
//
//	benchstat -col /framing compare.txt
//
// What was refused is left out and named in a comment line.
func (c *Comparison) WriteBench(w io.Writer) error {
	b := bufio.NewWriter(w)
	r := Result{Host: c.Host, Tool: c.Tool}
	r.facts(b)
	units := map[string]string{}
	rounds := 0
	for _, x := range c.Cells {
		for _, e := range x.Estimates {
			units[e.Unit] = "lower"
			if strings.HasSuffix(e.Unit, "/s") {
				units[e.Unit] = "higher"
			}
			rounds = max(rounds, len(e.Samples))
		}
	}
	for _, unit := range slices.Sorted(maps.Keys(units)) {
		fmt.Fprintf(b, "Unit %s better=%s\n", unit, units[unit])
	}
	for _, x := range c.Cells {
		if p := c.Point(x.Point); p != nil && x.Refused != "" {
			fmt.Fprintf(b, "# refused: %s: %s\n", CompareName(*p, x.Contender), strings.ReplaceAll(x.Refused, "\n", " "))
		}
	}
	for round := range rounds {
		for _, x := range c.Cells {
			if p := c.Point(x.Point); p != nil && x.Refused == "" {
				c.benchRound(b, *p, x, round)
			}
		}
	}
	if c.Failed() {
		fmt.Fprintf(b, "# failed: %s\n", strings.ReplaceAll(c.Error, "\n", " "))
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("report: writing benchmark text: %w", err)
	}
	return nil
}

func (c *Comparison) benchRound(w io.Writer, p Point, x Cell, round int) {
	sample := func(metric string) (float64, bool) {
		e := x.Estimates[metric]
		if e == nil || round >= len(e.Samples) {
			return 0, false
		}
		return e.Samples[round], true
	}
	if _, ok := sample("goodput_bytes_per_s"); !ok {
		return
	}
	n := int64(1)
	if round < len(x.Intervals) && x.Intervals[round].Messages != nil {
		n = max(n, *x.Intervals[round].Messages)
	}
	fmt.Fprintf(w, "BenchmarkCompare/%s-%d\t%d", CompareName(p, x.Contender), max(c.Host.GOMAXPROCS, 1), n)
	if perS, ok := sample("messages_per_s"); ok && perS > 0 {
		fmt.Fprintf(w, "\t%s ns/op", short(1e9/perS))
	}
	for _, metric := range slices.Sorted(maps.Keys(x.Estimates)) {
		if v, ok := sample(metric); ok {
			fmt.Fprintf(w, "\t%s %s", short(v), x.Estimates[metric].Unit)
		}
	}
	fmt.Fprintln(w)
}
