package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/report"
	"github.com/loadframe/loadframe/server"
)

// run is one load run with what the result tells around it.
type run struct {
	env      *env
	flags    *loadFlags
	config   client.Config
	embedded *server.Server // nil against a remote server
	served   server.Stats   // by it, before measuring began
	latency  *latencyFiles
	result   *report.Result
}

func load(ctx context.Context, e *env, f *loadFlags, args []string) error {
	r := &run{env: e, flags: f}
	var err error
	if r.config, err = f.config(args); err != nil {
		return r.end(exitUsage, err)
	}
	if r.latency, err = openLatencyFiles(f); err != nil {
		return r.end(exitUsage, err)
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	if r.config.Addr == "" {
		if err := r.embed(); err != nil {
			return r.end(exitFailed, errors.Join(err, r.latency.close()))
		}
		defer r.embedded.Shutdown(context.Background())
	}
	err = r.measure(ctx)
	cut := ctx.Err() != nil && errors.Is(err, context.Canceled) // while connecting
	if err != nil && !cut {
		return r.end(exitFailed, err)
	}
	if ctx.Err() != nil {
		return r.end(exitInterrupted, nil)
	}
	if h := r.result.Health; f.strict && h != nil && h.GeneratorLimited {
		return r.end(exitFailed, fmt.Errorf("strict: limited by this machine: %s", h.Reasons[0]))
	}
	return r.end(exitOK, nil)
}

// embed starts the server of a run that has none. A plain run cannot tell it
// framing and handler, so it has them from the start.
func (r *run) embed() error {
	log, err := newLogger(r.env.stderr, "text", "warn")
	if err != nil {
		return err
	}
	l := server.Listener{Network: "tcp", Address: "127.0.0.1:0"}
	if r.config.Plain {
		l.Framing, l.Handler = r.config.Framing, r.config.Handler
	}
	cod, err := codec.Parse(r.config.Framing)
	if err != nil {
		return err
	}
	// Nobody else is there to be protected from: frames may be as large as
	// asked for.
	limits := server.Limits{MaxFrame: max(codec.Max(cod), codec.DefaultMax)}
	r.embedded, err = server.Start(server.Config{Listen: []server.Listener{l}, Limits: limits, Logger: log})
	if err != nil {
		return err
	}
	r.config.Addr = r.embedded.Addrs()[0].String()
	return nil
}

// measure runs the workload with interval lines and progress, and fills in the
// result.
func (r *run) measure(ctx context.Context) error {
	var intervals []report.Interval
	shape := report.ShapeOf(r.config.Workload)
	progress, done := r.progress()
	res, err := client.Run(ctx, r.config, client.Observer{
		Interval: func(i client.Interval) {
			v := interval(i, r.config)
			r.latency.interval(i)
			first := len(intervals) == 0
			if intervals = append(intervals, v); first && i.End < r.config.Interval {
				return // the whole run: the summary says it better
			}
			if first {
				progress.Line(shape.Header()) // not before: a run may fail or end without a single line
			}
			progress.Line(shape.Line(v))
		},
		Progress: func(c client.Counts) { progress.Set(done(c)) },
		Begin: func() {
			if r.embedded != nil {
				r.served = r.embedded.Stats()
			}
		},
	})
	progress.Done()
	r.result = r.newResult(&res)
	r.result.Intervals = intervals
	return errors.Join(err, r.latency.finish(&res))
}

// progress starts the display, and returns with it what of the counts it
// shows. Machine output has none.
func (r *run) progress() (*report.Progress, func(client.Counts) int64) {
	done := func(c client.Counts) int64 { return c.Payload }
	pc := report.ProgressConfig{Title: r.config.Workload, Goal: r.config.Bytes, Duration: r.config.Duration}
	if pc.Duration > 0 {
		pc.Duration += r.config.Omit
	}
	if r.config.Bytes == 0 && r.config.Messages > 0 {
		pc.Goal, pc.Unit = r.config.Messages, report.Messages
		done = func(c client.Counts) int64 { return c.Messages }
	}
	if r.flags.json {
		return nil, done
	}
	pc.Bar, pc.Lines = terminal(r.env.stderr), r.env.stdout
	return report.StartProgress(pc), done
}

// end prints the result and returns what Main exits with. A run that failed
// before it could measure has a result too, with the reason.
func (r *run) end(code int, err error) error {
	if r.result == nil {
		r.result = r.newResult(&client.Result{Config: r.config})
	}
	if err != nil {
		if r.result.Error = err.Error(); r.result.DurationS == 0 {
			r.result.Totals.Errors = 1 // it did not get so far as to count
		}
	} else if code == exitInterrupted {
		err = errors.New("interrupted")
		if r.flags.json {
			r.result.Error = err.Error() // a person sees it anyhow
		}
	}
	var werr error
	switch measured := r.result.DurationS > 0; {
	case r.flags.json:
		werr = report.WriteJSON(r.env.stdout, r.result, true)
	case measured:
		werr = report.WriteText(r.env.stdout, r.result)
	}
	if err == nil && werr != nil {
		return failed(werr)
	}
	if code == exitOK {
		return nil
	}
	return &exitError{code, err}
}
