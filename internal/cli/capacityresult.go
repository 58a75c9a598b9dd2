package cli

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/loadframe/loadframe/bench/capacity"
	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/internal/report"
)

// fill puts into the document what is known, at any time.
func (h *hunt) fill() {
	d := &h.doc
	c := h.config
	c.Arrival, c.Duration = "", time.Duration(h.flags.duration)
	like := h.newResult(&client.Result{Config: c, Start: h.began, Batch: c.Batch})
	d.Schema, d.Tool, d.Command, d.Config, d.Host, d.Start = report.CapacitySchema, like.Tool, like.Command, like.Config, like.Host, like.Start
	d.Workload, d.Framing, d.Transport = like.Workload, like.Framing, like.Transport
	d.DurationS = time.Since(h.began).Seconds()
	d.Goals, d.Health = []report.Goal{}, nil
	if d.Trials == nil {
		d.Trials = []report.Trial{}
	}
	knee := h.knee()
	for i, g := range h.goals {
		goal := report.Goal{Expr: g.expr, Limit: string(capacity.Time), Knee: knee}
		if h.search != nil {
			b := h.search.Bounds(i)
			goal.Low, goal.High, goal.Likely, goal.Flapping, goal.Again, goal.Limit = b.Low, b.High, b.Likely, b.Flapping, b.Again, string(b.Limit)
		}
		goal.Tell()
		d.Goals = append(d.Goals, goal)
	}
	h.doubt()
}

// doubt gathers what trials say of this machine, each reason once.
func (h *hunt) doubt() {
	all := report.Health{}
	for _, g := range h.doc.Goals {
		all.GeneratorLimited = all.GeneratorLimited || g.Limit == string(capacity.Generator)
	}
	void := 0
	var why string
	for i := range h.doc.Trials {
		t := &h.doc.Trials[i]
		if !slices.Contains(t.Verdicts, capacity.Void.String()) {
			continue
		}
		if void++; t.Health != nil && len(t.Health.Reasons) > 0 {
			why = t.Health.Reasons[0]
		}
	}
	if void > 0 {
		all.Reasons = append(all.Reasons, fmt.Sprintf("in %d of %d trials this machine was the limit: they say nothing of the server", void, len(h.doc.Trials)))
		all.Reasons = append(all.Reasons, cmp.Or(why, "messages went late through this machine's fault by a tenth of their latency and more"))
	}
	if h.embedded != nil {
		all.Reasons = append(all.Reasons, "the server shares this process and its processors: a server of its own can do more")
	}
	if len(h.doc.Trials) > 0 {
		h.doc.Health = &all
	}
}

// knee returns where latency begins to rise, nil if it does not.
func (h *hunt) knee() *float64 {
	var points []capacity.Point
	for i := range h.doc.Trials {
		t := &h.doc.Trials[i]
		if t.Latency != nil && t.Latency.Response != nil && !t.Void() {
			points = append(points, capacity.Point{Rate: t.RateMessagesPerS, Latency: float64(t.Latency.Response.P50)})
		}
	}
	if rate, ok := capacity.Knee(points); ok {
		return &rate
	}
	return nil
}

// judge holds a search that went to its end against what was expected of it.
func (h *hunt) judge() (int, error) {
	h.fill()
	for _, g := range h.doc.Goals {
		switch {
		case h.flags.strict && g.Limit == string(capacity.Generator):
			return exitFailed, fmt.Errorf("strict: limited by this machine: %s", g.Expr)
		case h.flags.expect > 0 && (g.Low == nil || *g.Low < float64(h.flags.expect)):
			return exitMissed, fmt.Errorf("expected %s: %s: %s", report.PerSecondText(float64(h.flags.expect)), g.Expr, g.Text)
		}
	}
	return exitOK, nil
}

// end tells the result and returns what Main exits with.
func (h *hunt) end(code int, err error) error {
	h.fill()
	if err != nil && code != exitMissed {
		h.doc.Error = err.Error()
	}
	if werr := h.tell(code); werr != nil && (err == nil || code == exitMissed) {
		return failed(werr)
	}
	if code == exitOK {
		return nil
	}
	return &exitError{code, err}
}

func (h *hunt) tell(code int) error {
	o := h.out
	if o.text != nil && h.doc.ClosedLoop != nil {
		text := h.doc
		if code == exitInterrupted {
			text.Error = "" // no failure to the person who did it
		}
		if err := errors.Join(text.WriteText(o.text), text.WritePlot(o.text, o.columns)); err != nil {
			return err
		}
	}
	err := o.draw(&h.doc)
	switch {
	case o.document == nil:
		return err
	case o.format == asCSV:
		err = errors.Join(err, h.doc.WriteCSV(o.document))
	default:
		err = errors.Join(err, report.WriteDocument(o.document, &h.doc))
	}
	if o.file == nil {
		return err
	}
	return o.file.finish(err)
}
