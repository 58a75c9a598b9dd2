package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/loadframe/loadframe/internal/units"
)

// comparisonColumns is how wide the text of a comparison is at most.
const comparisonColumns = 100

// WriteText writes a comparison for a person, in lines of at most 100 columns: the base point, a line for each other point, what was
// counted, and last the verdict. It does not change c.
func (c *Comparison) WriteText(w io.Writer) error {
	var t text
	if c.Failed() {
		t.line("FAILED: %s", c.Error)
	}
	c.headText(&t)
	if len(c.Cells) > 0 && len(c.Points) > 0 {
		c.baseText(&t)
		c.pointsText(&t)
	}
	c.costText(&t)
	c.overheadText(&t)
	c.damageText(&t)
	c.verdictText(&t)
	if _, err := io.WriteString(w, t.String()); err != nil {
		return fmt.Errorf("report: writing the comparison: %w", err)
	}
	return nil
}

// headText says what was compared and how.
func (c *Comparison) headText(t *text) {
	floors := 0
	for _, x := range c.Contenders {
		if x.Floor != "" {
			floors++
		}
	}
	x := &c.Experiment
	where := "embedded server, both ends on " + plural(int64(c.Host.GOMAXPROCS), "processor")
	switch {
	case x.Addr != "":
		where = "server " + x.Addr
	case x.Apart:
		where = "servers in processes of their own, both ends on " + plural(int64(c.Host.GOMAXPROCS), "processor")
	}
	t.line("compare %s and %s at %s, %s, seed %d", plural(int64(len(c.Contenders)-floors), "framing"), plural(int64(floors), "floor"), plural(int64(len(c.Points)), "point"), where, x.Seed)
	t.wrap("  ", fmt.Sprintf("%s of trials of %s after %s of warm-up, interleaved; tcp, NODELAY on, every byte verified", plural(int64(x.Rounds), "round"), formatNs(units.Whole(x.TrialS*1e9)), formatNs(units.Whole(x.OmitS*1e9))))
	if c.Incomplete && !c.Failed() {
		t.line("  ended early: these are the rounds that are whole")
	}
	if c.Health != nil {
		for _, reason := range c.Health.Reasons {
			t.wrap("  doubt: ", reason)
		}
	}
}

// settings says what a point is, for the head of its table.
func (p *Point) settings() string {
	size := p.Sizes
	if isNumber(size) {
		size += " B"
	}
	parts := []string{p.Workload, size + " of " + p.Payload}
	if p.Workload != "pull" {
		parts = append(parts, fmt.Sprintf("depth %d", p.Depth), fmt.Sprintf("batch %d", p.Batch))
		if p.Segments != "whole" {
			parts = append(parts, "writes cut: "+p.Segments)
		}
	}
	parts = append(parts, plural(int64(p.Connections), "connection"))
	if p.Arrival != "" {
		return strings.Join(append(parts, "open loop "+p.Arrival), ", ")
	}
	return strings.Join(append(parts, "closed loop"), ", ")
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// baseText writes the table of the base point.
func (c *Comparison) baseText(t *text) {
	p := &c.Points[0]
	t.line("")
	t.line("%s: %s", p.Name, p.settings())
	t.line("  %-13s %9s %-17s %10s %7s %9s %9s %8s %8s", "framing", "msg/s", " interval", "goodput", "wire/B", "CPU/msg", "calls/msg", "p50", "p99")
	for _, x := range c.cellsAt(p.Name) {
		name := x.Contender
		if f := c.contender(name).Floor; f != "" {
			name += " *"
		}
		if x.Refused != "" {
			t.wrap(fmt.Sprintf("  %-13.13s ", name), x.Refused)
			continue
		}
		interval := ""
		if e := x.Estimates["messages_per_s"]; e != nil {
			interval = fmt.Sprintf("%s to %s", units.FormatCount(units.Whole(e.Low)), units.FormatCount(units.Whole(e.High)))
		}
		t.line("  %-13.13s %9s  %-16s %10s %7s %9s %9s %8s %8s", name, x.figure("messages_per_s"), interval, x.figure("goodput_bytes_per_s"),
			x.figure("wire_per_payload"), x.figure("cpu_ns_per_message"), x.figure("syscalls_per_message"), x.figure("p50_ns"), x.figure("p99_ns"))
	}
	if confidence := c.confidence(); confidence > 0 {
		t.wrap("  ", fmt.Sprintf("medians; intervals of %.1f %% for the median. CPU, calls: of both ends. * a floor: null is our server with a codec that does nothing, bare-echo a plain loop that never looks", 100*confidence))
	}
}

// confidence returns that of the intervals, 0 if there are none.
func (c *Comparison) confidence() float64 {
	for _, x := range c.Cells {
		if e := x.Estimates["messages_per_s"]; e != nil {
			return e.Confidence
		}
	}
	return 0
}

// figure returns the median of a metric for a table, "-" if there is none.
func (x *Cell) figure(metric string) string {
	v, ok := x.median(metric)
	if !ok {
		return "-"
	}
	return formatFigure(metric, v)
}

func formatFigure(metric string, v float64) string {
	switch metric {
	case "messages_per_s":
		return units.FormatCount(units.Whole(v))
	case "goodput_bytes_per_s":
		bytes, _ := units.FormatGoodput(v)
		return bytes
	case "wire_per_payload":
		return fmt.Sprintf("%.4f", v)
	case "syscalls_per_message":
		return fmt.Sprintf("%.3f", v)
	}
	return formatNs(units.Whole(v))
}

// headMetric is what contenders are ranked by at a point.
func (p *Point) headMetric() string {
	if p.Workload == "pull" {
		return "goodput_bytes_per_s"
	}
	if p.Arrival != "" {
		return "p99_ns"
	}
	return "messages_per_s"
}

// pointsText writes a line for each point but the base: the best framing, the worst, and who cannot be there.
func (c *Comparison) pointsText(t *text) {
	if len(c.Points) < 2 {
		return
	}
	t.line("")
	t.line("  %-24s %-25s %-31s %s", "point", "best", "worst", "cannot")
	for i := range c.Points[1:] {
		p := &c.Points[1+i]
		metric := p.headMetric()
		var ranked []Cell
		var cannot []string
		for _, x := range c.cellsAt(p.Name) {
			if c.contender(x.Contender).Floor != "" {
				continue
			}
			if x.Refused != "" {
				cannot = append(cannot, x.Contender)
			} else if _, ok := x.median(metric); ok {
				ranked = append(ranked, x)
			}
		}
		slices.SortStableFunc(ranked, func(a, b Cell) int {
			va, _ := a.median(metric)
			vb, _ := b.median(metric)
			switch {
			case va == vb:
				return 0
			case (va > vb) == (metric != "p99_ns"):
				return -1
			}
			return 1
		})
		best, worst := "-", ""
		if n := len(ranked); n > 0 {
			first, last := &ranked[0], &ranked[n-1]
			best = fmt.Sprintf("%.12s %s", first.Contender, first.label(metric))
			a, _ := first.median(metric)
			b, _ := last.median(metric)
			if n > 1 && a > 0 && b > 0 {
				worst = fmt.Sprintf("%.12s %s (%.2fx)", last.Contender, last.label(metric), max(a/b, b/a))
			}
		}
		t.line("  %-24.24s %-25s %-31s %s", p.Name, best, worst, shorten(strings.Join(cannot, " "), comparisonColumns-85))
	}
}

// label is a figure with what it is.
func (x *Cell) label(metric string) string {
	switch metric {
	case "messages_per_s":
		return x.figure(metric) + "/s"
	case "p99_ns":
		return "p99 " + x.figure(metric)
	}
	return x.figure(metric)
}

func shorten(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return s[:n-3] + "..."
}

// verdictText writes the conclusions, a paragraph each.
func (c *Comparison) verdictText(t *text) {
	if len(c.Verdicts) == 0 {
		return
	}
	t.line("")
	t.line("verdict")
	for _, v := range c.Verdicts {
		t.wrap("  ", v.Question)
		t.wrap("      ", v.Text)
	}
}

// wrap writes words in lines of at most 100 columns, the first behind a lead, the others indented as far.
func (t *text) wrap(lead, words string) {
	indent := strings.Repeat(" ", len([]rune(lead)))
	line := lead
	for _, word := range strings.Fields(words) {
		if len([]rune(line))+1+len([]rune(word)) > comparisonColumns && strings.TrimSpace(line) != "" && line != lead {
			t.line("%s", line)
			line = indent
		}
		if line != lead && line != indent {
			line += " "
		}
		line += word
	}
	t.line("%s", line)
}
