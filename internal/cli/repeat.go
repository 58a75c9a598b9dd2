package cli

import (
	"context"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/internal/report"
)

// repeat runs the workload as often as asked for, and stops at the first run
// that fails unless told otherwise. It returns what the last run failed with.
func (r *run) repeat(ctx context.Context) (err error) {
	for i := 1; i <= r.flags.repeat; i++ {
		if i > 1 && !sleep(ctx, time.Duration(r.flags.pause)) {
			return err
		}
		e := r.measure(ctx, i)
		if e != nil {
			if err = e; !r.flags.keepGoing {
				return err
			}
		}
		if ctx.Err() != nil {
			return err
		}
	}
	return err
}

// sleep returns false if ctx ended meanwhile.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
	return ctx.Err() == nil
}

// latencies are the histograms of all runs, added up bucket for bucket. Nil:
// none of them has any.
type latencies struct {
	response, service, lag *hdrhistogram.Histogram
	connect, up, down      *hdrhistogram.Histogram // of churn; of stamp
	off                    *hdrhistogram.Histogram // of stream
}

// add takes over the histograms of a run: they are its caller's, and nobody
// else reads them any more.
func (l *latencies) add(res *client.Result) {
	var off *hdrhistogram.Histogram
	if s := res.Streamed; s != nil {
		off = s.IntervalError
	}
	for _, h := range []struct {
		to   **hdrhistogram.Histogram
		from *hdrhistogram.Histogram
	}{{&l.response, res.Response}, {&l.service, res.Service}, {&l.lag, res.Lag}, {&l.connect, res.Connect}, {&l.up, res.Up}, {&l.down, res.Down}, {&l.off, off}} {
		switch {
		case h.from == nil:
		case *h.to == nil:
			*h.to = h.from
		default:
			(*h.to).Merge(h.from)
		}
	}
}

// whole returns the result of all runs together: of one run, its own. Of none,
// since it failed before, a result without any figures.
func (r *run) whole() *report.Result {
	switch {
	case len(r.runs) == 0:
		return r.newResult(&client.Result{Config: r.config})
	case r.flags.repeat == 1:
		return r.runs[0]
	}
	out, err := report.Combine(r.runs)
	if err != nil { // of none: see above
		return r.runs[0]
	}
	l := &r.latencies
	if out.Latency = curved(l.response, l.service); out.Latency != nil {
		out.Latency.Connect, out.Latency.Up, out.Latency.Down = report.Summarize(l.connect), report.Summarize(l.up), report.Summarize(l.down)
	}
	if out.Stream != nil {
		out.Stream.IntervalError = report.Summarize(l.off)
	}
	if out.Health != nil {
		out.Health.ScheduleLag = report.Summarize(l.lag)
	}
	return out
}
