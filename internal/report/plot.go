package report

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/loadframe/loadframe/internal/units"
)

// The room that a plot takes: its labels stand under those of the summary, its bars are readable up to a screen's width.
const (
	plotLeft  = 14 // label, with the blanks around it
	plotRight = 11 // value behind a bar
	plotLeast = 60 // columns; with less there is no plot, for the legends would not fit
	plotMost  = 100
)

// WritePlot draws what a table cannot show, in at most columns columns: the percentiles of the latency as bars on a logarithmic axis, so that a
// tail is seen beside a median, and the goodput of the intervals (of several runs: of the runs) as a line of blocks from zero to the
// greatest. It writes nothing for less than 60 columns, or where there is nothing to draw: without latency, and with one interval.
func WritePlot(w io.Writer, r *Result, columns int) error {
	if columns < plotLeast {
		return nil
	}
	columns = min(columns, plotMost)
	r = r.finite()
	var t text
	t.bars(r.Latency.Main(), columns-plotLeft-plotRight)
	t.sparkline(r, columns)
	if _, err := io.WriteString(w, t.String()); err != nil {
		return fmt.Errorf("report: writing the plot: %w", err)
	}
	return nil
}

// bars draws the percentiles. The axis goes from the least latency, which has no bar, to the greatest, which has all of it.
func (t *text) bars(q *Quantiles, room int) {
	if q == nil {
		return
	}
	t.line("")
	t.row("response", "log scale, %s to %s", formatNs(q.Min), formatNs(q.Max))
	low, high := math.Log(float64(max(q.Min, 1))), math.Log(float64(max(q.Max, 1)))
	for _, b := range []struct {
		label string
		ns    int64
	}{{"p50", q.P50}, {"p90", q.P90}, {"p99", q.P99}, {"p99.9", q.P999}, {"p99.99", q.P9999}, {"max", q.Max}} {
		part := 1.0
		if high > low {
			part = (math.Log(float64(max(b.ns, 1))) - low) / (high - low)
		}
		drawn := bar(part, room)
		t.row("  "+b.label, "%s%s %s", drawn, strings.Repeat(" ", room-utf8.RuneCountInString(drawn)), formatNs(b.ns))
	}
}

// bar returns part of room cells, to an eighth of a cell. What is there at all is seen.
func bar(part float64, room int) string {
	eighths := max(1, int(math.Round(min(max(part, 0), 1)*float64(room)*8)))
	s := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 {
		s += string([]rune("▏▎▍▌▋▊▉")[rest-1])
	}
	return s
}

// sparkline draws the goodput as it went on. What stood still is seen as a gap on the ground.
func (t *text) sparkline(r *Result, columns int) {
	values, what := r.goodputs()
	if len(values) < 2 {
		return
	}
	top := slices.Max(values)
	most, _ := units.FormatGoodput(top)
	least, _ := units.FormatGoodput(slices.Min(values))
	legend := fmt.Sprintf("%s to %s, %s", least, most, plural(int64(len(values)), what))
	t.line("")
	t.row("goodput", "%s", legend)
	var line strings.Builder
	for _, v := range squeeze(values, columns-plotLeft) {
		switch {
		case v <= 0 || top <= 0:
			line.WriteRune('_')
		default:
			line.WriteRune([]rune("▁▂▃▄▅▆▇█")[min(7, int(v/top*8))])
		}
	}
	t.row("", "%s", line.String())
}

// goodputs returns the values of the sparkline in their order, and what they are of.
func (r *Result) goodputs() (values []float64, what string) {
	if r.Repeat != nil {
		for _, run := range r.Repeat.Runs {
			values = append(values, run.Rates.GoodputBytesPerS)
		}
		return values, "run"
	}
	for _, v := range r.Course() {
		values = append(values, v.GoodputBytesPerS)
	}
	return values, "interval"
}

// squeeze returns values, or if there are more than room, the means of as many neighbours each as it takes, within one.
func squeeze(values []float64, room int) []float64 {
	if len(values) <= room {
		return values
	}
	out := make([]float64, room)
	for i := range out {
		group := values[i*len(values)/room : (i+1)*len(values)/room]
		for _, v := range group {
			out[i] += v / float64(len(group))
		}
	}
	return out
}
