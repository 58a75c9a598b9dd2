package cli

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/loadframe/loadframe/bench/capacity"
	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/internal/report"
	"github.com/loadframe/loadframe/internal/units"
)

// hunt is what one capacity command does: it makes the trials that a
// capacity.Search asks for.
type hunt struct {
	run
	flags  *capacityFlags
	closed client.Config // of the first trial; run.config is that of the others
	goals  []goal
	search *capacity.Search // nil: the closed loop has not been run
	doc    report.Capacity
	began  time.Time
	absent int // trials in a row that could not connect
}

// The rates of trials: with fewer than leastMessages a short one would say
// nothing, and more than mostRate no schedule takes.
const (
	leastMessages = 10
	mostRate      = 1e9
)

func findCapacity(ctx context.Context, e *env, f *capacityFlags, args []string) error {
	h := &hunt{run: run{env: e, flags: &f.loadFlags}, flags: f, began: time.Now()}
	if err := h.prepare(args); err != nil {
		return h.end(exitUsage, err)
	}
	ctx, stop := interruptible(ctx)
	defer stop()
	if h.config.Addr == "" {
		if err := h.embed(); err != nil {
			return h.end(exitFailed, err)
		}
		h.closed.Addr = h.config.Addr
		defer h.release()
	}
	err := h.trials(ctx)
	switch {
	case ctx.Err() != nil:
		return h.end(exitInterrupted, errInterrupted)
	case err != nil:
		return h.end(exitFailed, err)
	}
	return h.end(h.judge())
}

// prepare finds all that is wrong with the command line.
func (h *hunt) prepare(args []string) (err error) {
	f := h.flags
	var wrong error
	h.closed, h.config, wrong = f.configs(args)
	if h.out, err = newOutput(h.env, &f.outputFlags); err != nil {
		return err
	}
	if wrong != nil {
		return wrong
	}
	if h.goals, err = f.goals(); err != nil {
		return err
	}
	if h.labels, err = f.labels(); err != nil {
		return err
	}
	if err := keepTo(f.affinity); err != nil {
		return err
	}
	h.closed.ServerStats, h.config.ServerStats = false, false // nobody asks what a trial costs
	least := max(1, leastMessages/time.Duration(f.short).Seconds())
	h.doc.Plan = f.plan(least, mostRate)
	_, err = h.newSearch(1) // what New refuses is the command line's fault
	return err
}

func (h *hunt) newSearch(first float64) (*capacity.Search, error) {
	p := h.doc.Plan
	return capacity.New(capacity.Config{Goals: len(h.goals), First: first, Least: p.Least, Most: p.Most, Precision: p.Precision,
		Short: time.Duration(h.flags.short), Full: time.Duration(h.flags.duration), Confirm: p.Confirm})
}

// trials runs the closed loop, and then what the search asks for until it, the
// time or ctx ends.
func (h *hunt) trials(ctx context.Context) error {
	h.fill()
	h.line(h.doc.Headline())
	out, rate, err := h.begin(ctx)
	if err != nil || ctx.Err() != nil {
		return err
	}
	h.doc.ClosedLoop = &rate
	h.line(fmt.Sprintf("closed loop, %d in flight on each connection: %s", h.closed.Depth, report.PerSecondText(rate)))
	for _, g := range h.goals {
		for _, c := range g.conditions {
			if t := c.Check(out); t.Value == nil {
				return fmt.Errorf("--slo %s: not measured by %s over %s", c, h.config.Workload, transport(h.config.Network))
			}
		}
	}
	if h.search, err = h.newSearch(rate); err != nil {
		return err
	}
	h.line(h.doc.Header())
	for {
		t, more := h.search.Next()
		if t.Length = h.length(t); !more || h.late(t.Length) || !sleep(ctx, time.Duration(h.flags.between)) {
			return nil
		}
		if err := h.try(ctx, t); err != nil || ctx.Err() != nil {
			return err
		}
	}
}

// begin runs the closed loop, and once more for longer where it was over before
// anything was answered: that tells of a machine that does something else, or of
// too short a time, and not of the server.
func (h *hunt) begin(ctx context.Context) (*report.Result, float64, error) {
	c := h.closed
	for again := false; ; again = true {
		_, out, err := h.measure(ctx, c, "closed loop")
		if err != nil || ctx.Err() != nil {
			return nil, 0, err
		}
		if rate := out.Rates.MessagesPerS; rate != nil && *rate > 0 {
			return out, *rate, nil
		}
		longer := h.patience(c.Duration)
		if again || longer <= c.Duration {
			return nil, 0, fmt.Errorf("capacity: a closed loop of %v got no answer: there is nothing to begin with", c.Duration)
		}
		h.line(fmt.Sprintf("a closed loop of %s got no answer: once more, for %s", units.FormatDuration(c.Duration), units.FormatDuration(longer)))
		c.Duration = longer
	}
}

// patience returns how long a closed loop is to be after one of length d had no
// answer: as far as --max-time lets it, but a second in any case.
func (h *hunt) patience(d time.Duration) time.Duration {
	if end := time.Duration(h.flags.maxTime); end > 0 {
		return max(time.Second, min(10*d, end-time.Since(h.began)-h.closed.Omit))
	}
	return max(time.Second, 10*d)
}

// length returns how long a trial has to last for its percentiles to mean
// something, within limits.
func (h *hunt) length(t capacity.Trial) time.Duration {
	need := 0.0
	for _, g := range h.goals {
		need = max(need, g.messages())
	}
	return min(max(t.Length, time.Duration(need/max(t.Rate, 1e-9)*1e9)), longer*t.Length)
}

const longer = 4

// late tells whether a trial would end after the search.
func (h *hunt) late(length time.Duration) bool {
	end := time.Duration(h.flags.maxTime)
	return end > 0 && time.Since(h.began)+time.Duration(h.flags.between)+h.config.Omit+length > end
}

// try makes one trial and tells the search of it.
func (h *hunt) try(ctx context.Context, t capacity.Trial) error {
	c := h.config
	c.Arrival, c.Duration = h.flags.spec(t.Rate), t.Length
	c.Seed += uint64(len(h.doc.Trials)) // no two trials have the same arrivals
	start := time.Since(h.began)
	res, out, err := h.measure(ctx, c, fmt.Sprintf("trial %d", len(h.doc.Trials)+1))
	if ctx.Err() != nil {
		return nil // half a trial says nothing
	}
	if h.absent++; res.Took > 0 {
		h.absent = 0
	}
	if h.absent > 1 {
		return err
	}
	trial := report.Trial{RateMessagesPerS: t.Rate, StartS: start.Seconds(), DurationS: res.Took.Seconds(), Full: t.Full,
		Latency: latency(res.Response, res.Service), Errors: int64(max(res.Failed, h.absent)), Unsent: res.Unsent, Health: out.Health, Error: out.Error}
	if out.Rates.MessagesPerS != nil {
		trial.MessagesPerS = *out.Rates.MessagesPerS
	}
	var verdicts []capacity.Verdict
	for _, g := range h.goals {
		v := g.verdict(res, out)
		verdicts, trial.Verdicts = append(verdicts, v), append(trial.Verdicts, v.String())
		for _, c := range g.conditions {
			if !slices.ContainsFunc(trial.Conditions, func(t report.Threshold) bool { return t.Expr == c.String() }) {
				trial.Conditions = append(trial.Conditions, c.Check(out))
			}
		}
	}
	h.search.Record(t, verdicts)
	h.doc.Trials = append(h.doc.Trials, trial)
	h.line(h.doc.Line(trial))
	return nil
}

// measure runs the client once. What failed at connections is in the result;
// the error is for who can do nothing with that.
func (h *hunt) measure(ctx context.Context, c client.Config, title string) (*client.Result, *report.Result, error) {
	var p *report.Progress
	if h.out.text != nil {
		p = report.StartProgress(report.ProgressConfig{Title: title, Duration: c.Duration + c.Omit, Bar: terminal(h.env.stderr), Lines: h.out.text})
	}
	res, err := client.Run(ctx, c, client.Observer{Progress: func(n client.Counts) { p.Set(n.Payload) }})
	p.Done()
	out := h.newResult(&res)
	if err != nil {
		fail(out, err)
	}
	return &res, out, err
}

func (h *hunt) line(text string) {
	if h.out.text != nil {
		fmt.Fprintln(h.out.text, text) // who stops reading the lines finds them in the result
	}
}
