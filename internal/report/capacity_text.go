package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/loadframe/loadframe/internal/units"
)

// Tell fills in the sentence of the goal: what can be promised, and what cannot.
func (g *Goal) Tell() {
	var s string
	switch low, high := g.Low, g.High; {
	case low != nil && g.Limit == "generator":
		s = fmt.Sprintf("No number: this machine was the limit. The goal is met at %s and more; beyond, no trial says anything of the server", PerSecondText(*low))
		if high != nil {
			s += fmt.Sprintf(", up to %s, where it fails", PerSecondText(*high))
		}
	case g.Limit == "generator":
		s = "No number: this machine was the limit at every rate that was tried"
		if high != nil {
			s = fmt.Sprintf("No number: this machine was the limit. The goal fails at %s, and no trial below says anything of the server", PerSecondText(*high))
		}
	case low != nil && high != nil:
		s = fmt.Sprintf("Met at %s, not at %s (%.1f %% apart)", PerSecondText(*low), PerSecondText(*high), 100*(*high-*low)/(*high))
	case low != nil:
		s = fmt.Sprintf("Met at %s; no rate was seen to fail", PerSecondText(*low))
	case high != nil:
		s = fmt.Sprintf("Not met at %s; no rate was confirmed", PerSecondText(*high))
	default:
		s = "Nothing is known"
	}
	switch {
	case g.Limit == "time":
		s += ": the search was ended before it was done"
	case g.Limit == "range" && g.Low != nil:
		s += ": more was not to be tried"
	case g.Limit == "range":
		s += ": less was not to be tried"
	}
	if g.Likely != nil {
		s += fmt.Sprintf("; short trials met it up to %s", PerSecondText(*g.Likely))
	}
	if s += "."; len(g.Flapping) > 0 {
		var at []string
		for _, f := range g.Flapping {
			at = append(at, digits(f))
		}
		s += fmt.Sprintf(" Full trials came out both ways at %s messages/s; the majority counts.", strings.Join(at, " and "))
	}
	if g.Again != nil {
		s += fmt.Sprintf(" Met again at %s: the server does not only get worse with load, and what is above the first failure is not promised.", PerSecondText(*g.Again))
	}
	g.Text = s
}

// WriteText writes what came of the search for a person. The trials are not in it: they are told as they come, by [Capacity.Header] and
// [Capacity.Line].
func (c *Capacity) WriteText(w io.Writer) error {
	var t text
	if c.Error != "" {
		t.line("FAILED: %s", c.Error)
	}
	if c.Config.Title != "" {
		t.line("%s", c.Config.Title)
	}
	for i, g := range c.Goals {
		if name := c.goal(i); name != g.Expr {
			t.line("%s: %s", name, g.Expr)
		} else {
			t.line("%s", name)
		}
		t.line("  %s", g.Text)
	}
	if len(c.Goals) > 0 && c.Goals[0].Knee != nil {
		t.row("knee", "%s: beyond, latency grows by more than the load does", PerSecondText(*c.Goals[0].Knee))
	}
	full := 0
	for _, trial := range c.Trials {
		if trial.Full {
			full++
		}
	}
	t.row("searched", "%s, %d of them full, in %s", plural(int64(len(c.Trials)), "trial"), full, formatSeconds(c.DurationS))
	if c.Health != nil {
		for _, reason := range c.Health.Reasons {
			t.row("doubt", "%s", reason)
		}
	}
	return t.to(w)
}

// Headline says what is searched for: the parsed values, in full digits.
func (c *Capacity) Headline() string {
	r := Result{Workload: c.Workload, Framing: c.Framing, Transport: c.Transport, Config: c.Config}
	r.Config.Schedule, r.Config.MessagesPerS, r.Config.DurationS = "", 0, 0
	return fmt.Sprintf("capacity of %s, %s arrivals, trials of %s and %s", r.Headline(), c.Plan.Arrival, trimSeconds(c.Plan.ShortS), trimSeconds(c.Plan.FullS))
}

const trialRow = "%14s %6s %14s %9s %9s %7s %7s   %s"

// Header is the line above those of the trials. Goals that do not fit beside each other have their numbers there.
func (c *Capacity) Header() string {
	var goals []string
	for i := range c.Goals {
		goals = append(goals, fmt.Sprintf("%-9s", c.goal(i)))
	}
	return strings.TrimRight(fmt.Sprintf(trialRow, "messages/s", "", "answered/s", "p50", "p99", "errors", "unsent", strings.Join(goals, " ")), " ")
}

// goal is what a goal is called above its column.
func (c *Capacity) goal(i int) string {
	if name := c.Goals[i].Expr; len(c.Goals) == 1 && len(name) <= 20 {
		return name
	}
	return fmt.Sprintf("goal %d", i+1)
}

// Line is a trial for a person.
func (c *Capacity) Line(t Trial) string {
	p50, p99 := "-", "-"
	if q := t.response(); q != nil {
		p50, p99 = formatNs(q.P50), formatNs(q.P99)
	}
	kind := "short"
	if t.Full {
		kind = "full"
	}
	var verdicts []string
	for _, v := range t.Verdicts {
		verdicts = append(verdicts, fmt.Sprintf("%-9s", v))
	}
	line := fmt.Sprintf(trialRow, digits(t.RateMessagesPerS), kind, digits(t.MessagesPerS), p50, p99,
		units.FormatDigits(t.Errors), units.FormatDigits(t.Unsent), strings.Join(verdicts, " "))
	return strings.TrimRight(line, " ")
}

// PerSecondText returns a rate of messages for a person.
func PerSecondText(v float64) string { return digits(v) + " messages/s" }

// digits are all of a rate that matter: below a hundred the whole ones do not say enough.
func digits(v float64) string {
	if v < 100 {
		return fmt.Sprintf("%.3g", v)
	}
	return units.FormatDigits(units.Whole(v))
}
