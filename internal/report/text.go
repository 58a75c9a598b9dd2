package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/loadframe/loadframe/internal/units"
)

// WriteText writes the summary of a run for a person: what was run, what came of it, what it took. What failed comes first. It
// does not change r.
func WriteText(w io.Writer, r *Result) error {
	r = r.finite()
	var t text
	if r.Failed() {
		t.line("FAILED: %s", r.Error)
	}
	for _, m := range r.Missed() {
		t.line("MISSED: %s", m)
	}
	if title := r.Config.Title; title != "" {
		t.line("%s", title)
	}
	t.line("%s", r.Headline())
	t.repeated(r)
	t.merged(r)
	if ShapeOf(r.Workload) == RequestReply {
		t.messages(r)
		t.goodput(r)
	} else {
		t.goodput(r)
	}
	t.moved(r)
	t.row("verified", "%s", r.verified())
	t.wire(r)
	t.own(r)
	t.latency(r)
	t.cost(r)
	t.tcp(r)
	t.errors(r)
	t.health(r)
	if _, err := io.WriteString(w, t.String()); err != nil {
		return fmt.Errorf("report: writing the summary: %w", err)
	}
	return nil
}

// text gathers the lines of a summary.
type text struct{ strings.Builder }

func (t *text) line(format string, args ...any) {
	t.WriteString(strings.TrimRight(fmt.Sprintf(format, args...), " "))
	t.WriteByte('\n')
}

func (t *text) row(label, format string, args ...any) {
	t.line("  %-11s %s", label, fmt.Sprintf(format, args...))
}

// Headline says what was run: the parsed values, in full digits.
func (r *Result) Headline() string {
	c := &r.Config
	where := strings.TrimSpace(r.Transport + " " + c.Addr)
	if c.Embedded {
		where += " (embedded server)"
	}
	parts := []string{r.Workload + " " + where}
	if r.Framing != "" {
		parts = append(parts, "framing "+r.Framing)
	}
	if c.Connections > 0 {
		parts = append(parts, plural(int64(c.Connections), "connection"))
	}
	if i := r.Instance; i != nil && i.Segment.Count > 1 {
		parts = append(parts, "segment "+i.Segment.String()+" of them")
	}
	switch {
	case c.Sizes != "":
		parts = append(parts, "messages of "+c.Sizes)
	case c.Size > 0 && ShapeOf(r.Workload) == RequestReply:
		parts = append(parts, "messages of "+plural(c.Size, "byte"))
	}
	switch {
	case c.Schedule != "" && c.BitsPerS > 0 && ShapeOf(r.Workload) == Bulk: // the same, said twice
	case c.Schedule != "":
		parts = append(parts, "open loop "+c.Schedule)
	case c.MessagesPerS > 0:
		parts = append(parts, "at "+units.FormatDigits(units.Whole(c.MessagesPerS))+" messages/s")
	}
	if c.BitsPerS > 0 {
		parts = append(parts, "at "+units.FormatDigits(c.BitsPerS)+" bit/s")
	}
	if b := c.bounds(); b != "" {
		parts = append(parts, b)
	}
	return strings.Join(parts, ", ")
}

// bounds says what ends the run.
func (c *Config) bounds() string {
	var b []string
	if c.Bytes > 0 {
		b = append(b, plural(c.Bytes, "byte"))
	}
	if c.Messages > 0 {
		b = append(b, plural(c.Messages, "message"))
	}
	if c.DurationS > 0 {
		b = append(b, trimSeconds(c.DurationS))
	}
	if len(b) == 0 {
		return ""
	}
	return "for " + strings.Join(b, " or ")
}

func (t *text) goodput(r *Result) {
	bytes, bits := units.FormatGoodput(r.Rates.GoodputBytesPerS)
	t.row("goodput", "%-14s %s", bytes, bits)
}

func (t *text) moved(r *Result) {
	connections := ""
	if n := r.Totals.Connections; n != int64(r.Config.Connections) {
		connections = ", " + plural(n, "connection") + " made"
	}
	t.row("moved", "%-14s %s in %s%s", units.FormatBytesSI(r.Totals.PayloadBytes), plural(r.Totals.PayloadBytes, "byte"),
		formatSeconds(r.DurationS), connections)
}

// messages states NODELAY, batch and depth with the rate: without them a figure of small messages says nothing.
func (t *text) messages(r *Result) {
	rate := "not measured"
	if r.Rates.MessagesPerS != nil {
		rate = units.FormatDigits(units.Whole(*r.Rates.MessagesPerS)) + "/s"
	}
	how := []string{}
	if d := r.Config.Depth; d > 0 {
		how = append(how, fmt.Sprintf("depth %d", d))
	}
	if b := r.Config.Batch; b > 0 {
		how = append(how, fmt.Sprintf("batch %d", b))
	}
	if n := r.Config.NoDelay; n != nil {
		how = append(how, "NODELAY "+onOff[*n])
	}
	if m := r.Totals.Messages; m != nil {
		how = append(how, plural(*m, "message"))
	}
	t.row("messages", "%-14s %s", rate, strings.Join(how, ", "))
}

var onOff = map[bool]string{true: "on", false: "off"}

// verified says what was compared with what ought to have come. A check that never came to an end is no check.
func (r *Result) verified() string {
	what := map[string]string{VerifyFull: "every byte", VerifyLength: "lengths only"}[r.Config.Verify]
	if what == "" {
		return "no"
	}
	switch v := r.Totals.VerifyErrors; {
	case v == nil:
		return "no: the run did not get that far"
	case *v > 0:
		return fmt.Sprintf("%s: %s WRONG", what, units.FormatDigits(*v))
	case r.Totals.PayloadBytes == 0:
		return "no: nothing arrived"
	}
	if r.Failed() {
		return what + " that arrived"
	}
	return what
}

func (t *text) wire(r *Result) {
	if r.Totals.WireBytes == nil {
		return
	}
	wire, payload := *r.Totals.WireBytes, r.Totals.PayloadBytes
	if payload <= 0 {
		t.row("wire", "%s, no payload", plural(wire, "byte"))
		return
	}
	t.row("wire", "%-14s %s, framing included", overhead(wire, payload), plural(wire, "byte"))
}

// overhead returns how much more than the payload went over the wire. A little is not nothing: only exactly none is "+0.00 %".
func overhead(wire, payload int64) string {
	percent := float64(wire-payload) / float64(payload) * 100
	if wire != payload && percent < 0.005 && percent > -0.005 {
		return "<0.01 %"
	}
	return fmt.Sprintf("%+.2f %%", percent)
}

func (t *text) errors(r *Result) {
	n := &r.Totals
	s := units.FormatDigits(n.Errors)
	for _, e := range []struct {
		what  string
		count *int64
	}{{"lost", n.Lost}, {"reordered", n.Reordered}, {"duplicated", n.Duplicated}} {
		if e.count != nil {
			s += fmt.Sprintf(", %s %s", units.FormatDigits(*e.count), e.what)
		}
	}
	if n.Late != nil && *n.Late > 0 {
		s += fmt.Sprintf(", %s late", units.FormatDigits(*n.Late))
	}
	for _, class := range slices.Sorted(maps.Keys(n.Faults)) {
		s += fmt.Sprintf(", %s %s", class, units.FormatDigits(n.Faults[class]))
	}
	if n.Unsent != nil && *n.Unsent > 0 {
		s += fmt.Sprintf(", %s due and not sent", plural(*n.Unsent, "message"))
	}
	t.row("errors", "%s", s)
}

func (t *text) health(r *Result) {
	for _, m := range r.Thresholds {
		if m.OK {
			t.row("held", "%s", m)
		}
	}
	if r.Health == nil {
		return
	}
	for _, reason := range r.Health.Reasons {
		t.row("doubt", "%s", reason)
	}
	if r.Health.GeneratorLimited && len(r.Health.Reasons) == 0 {
		t.row("doubt", "limited by the load generator")
	}
}

// String returns the condition and what was measured: "p99<5ms (measured 7.13 ms)".
func (t Threshold) String() string { return t.Expr + t.Measured() }

// Measured says what a threshold was compared with, in the unit of its metric.
func (t Threshold) Measured() string {
	if t.Value == nil {
		return " (not measured)"
	}
	if cs, err := ParseConditions(t.Expr); err == nil && !cs[0].share {
		return fmt.Sprintf(" (measured %s)", cs[0].Metric.Format(*t.Value))
	}
	return fmt.Sprintf(" (measured %.4g %%)", 100**t.Value)
}

// plural returns a count in full digits with its noun: "1 byte", "2 bytes".
func plural(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return units.FormatDigits(n) + " " + noun + "s"
}

// formatSeconds returns a measured time: "0.579 s", "10.00 s".
func formatSeconds(s float64) string {
	switch {
	case s <= 0:
		return "0 s"
	case s < 0.001:
		return units.FormatDuration(time.Duration(s * 1e9))
	case s < 10:
		return fmt.Sprintf("%.3f s", s)
	}
	return fmt.Sprintf("%.2f s", s)
}

// trimSeconds returns a configured time without needless zeros: "10 s", "0.5 s".
func trimSeconds(s float64) string { return fmt.Sprintf("%g s", s) }

func formatNs(ns int64) string { return units.FormatDuration(time.Duration(ns)) }
