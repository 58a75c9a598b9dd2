package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/report"
	"github.com/loadframe/loadframe/server"
)

// run is what one load command does, with what its result tells around it.
type run struct {
	env       *env
	flags     *loadFlags
	config    client.Config
	out       *output
	holds     []report.Condition // what is expected of the result
	labels    map[string]string
	embedded  *server.Server // nil against a remote server
	socketDir string         // of the embedded server's unix socket
	served    server.Stats   // by it, before measuring began
	latency   *latencyFiles
	dir       *resultDir
	latencies latencies // of all runs
	runs      []*report.Result
	conns     []report.Connection // of the last run
}

func load(ctx context.Context, e *env, f *loadFlags, args []string) error {
	r := &run{env: e, flags: f}
	if err := r.prepare(args); err != nil {
		return r.end(exitUsage, errors.Join(err, r.latency.close()))
	}
	ctx, stop := interruptible(ctx)
	defer stop()
	if r.config.Addr == "" {
		r.config.ServerStats = r.config.Workload == client.Idle // the rest is told without asking
		if err := r.embed(); err != nil {
			r.release()
			return r.end(exitFailed, errors.Join(err, r.latency.close()))
		}
		defer r.release()
	}
	r.out.start(r.newResult(&client.Result{Config: r.config}))
	err := r.repeat(ctx)
	if err = errors.Join(err, r.latency.finish(r.latencies.response)); err != nil {
		return r.end(exitFailed, err)
	}
	if ctx.Err() != nil {
		return r.end(exitInterrupted, nil)
	}
	return r.end(exitOK, nil)
}

// prepare finds all that is wrong with the command line, and opens the files
// that it names.
func (r *run) prepare(args []string) (err error) {
	f := r.flags
	var wrong error
	r.config, wrong = f.config(args) // the document of a refusal says what was to be run
	if r.out, err = newOutput(r.env, &f.outputFlags); err != nil {
		return err
	}
	if wrong != nil {
		return wrong
	}
	if r.holds, err = f.conditions(); err != nil {
		return err
	}
	if r.labels, err = f.labels(); err != nil {
		return err
	}
	if f.jsonFormat == "iperf3" {
		r.config.PerConn = true
		if err := tellable(r.config); err != nil {
			return err
		}
		r.out.iperf3 = true
	}
	if err := keepTo(f.affinity); err != nil {
		return err
	}
	for _, note := range r.config.Notes {
		fmt.Fprintf(r.env.stderr, "note: %s\n", note)
	}
	if f.segments.on() && !r.config.Plain && transport(r.config.Network) != "udp" {
		r.config.Instance = r.instanceID()
	}
	if r.dir, err = r.openResultDir(); err != nil {
		return err
	}
	r.latency, err = openLatencyFiles(f)
	return err
}

// embed starts the server of a run that has none.
func (r *run) embed() error {
	log, err := newLogger(r.env.stderr, "text", "warn")
	if err != nil {
		return err
	}
	l, limits, err := listenerFor(&r.config)
	if err != nil {
		return err
	}
	if l.Network == "unix" {
		dir, err := os.MkdirTemp("", "loadframe")
		if err != nil {
			return err
		}
		// The server removes its socket, and the directory is empty then.
		l.Address, r.socketDir = filepath.Join(dir, "socket"), dir
	}
	r.embedded, err = server.Start(server.Config{Listen: []server.Listener{l}, Limits: limits, Logger: log})
	if err != nil {
		return err
	}
	r.config.Addr = r.embedded.Addrs()[0].String()
	return nil
}

// release ends what embed has started.
func (r *run) release() {
	if r.embedded != nil {
		_ = r.embedded.Shutdown(context.Background())
	}
	if r.socketDir != "" {
		os.Remove(r.socketDir)
	}
}

// listenerFor is what the server of a run without one has. A plain run cannot
// tell it framing and handler, so it has them from the start; nor can datagrams.
func listenerFor(c *client.Config) (l server.Listener, limits server.Limits, err error) {
	l = server.Listener{Network: cmp.Or(c.Network, "tcp"), Address: "127.0.0.1:0"}
	if strings.HasSuffix(l.Network, "6") {
		l.Address = "[::1]:0"
	}
	if l.IsUDP() {
		switch c.Workload {
		case client.Ack, client.Stamp:
			l.Handler = c.Workload
		}
		return l, limits, nil
	}
	if c.Plain {
		l.Framing, l.Handler = c.Framing, c.Handler
	}
	cod, err := codec.Parse(c.Framing)
	if err != nil {
		return l, limits, err
	}
	// Nobody else is there to be protected from: frames may be as large as
	// asked for.
	limits.MaxFrame = max(codec.Max(cod), codec.DefaultMax)
	return l, limits, nil
}

// measure does run number n, with interval lines and progress, and keeps its
// result.
func (r *run) measure(ctx context.Context, n int) error {
	var intervals []report.Interval
	shape := report.ShapeOf(r.config.Workload)
	progress, done := r.progress()
	if of := r.flags.repeat; of > 1 {
		r.out.run(n, of)
		progress.Line(fmt.Sprintf("run %d of %d", n, of))
	}
	res, err := client.Run(ctx, r.config, client.Observer{
		Interval: func(i client.Interval) {
			v := interval(i, r.config)
			r.latency.interval(i)
			r.dir.interval(i)
			r.out.interval(v)
			first := len(intervals) == 0
			if intervals = append(intervals, v); first && !v.Omitted && i.End < r.config.Interval {
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
	if err != nil && ctx.Err() != nil && res.Took == 0 {
		return nil // interrupted before there was anything to measure
	}
	out := r.newResult(&res)
	out.Intervals = intervals
	r.conns = connections(&res)
	r.latency.add(&res)
	r.dir.add(&res)
	r.latencies.add(&res)
	r.runs = append(r.runs, out)
	switch {
	case err != nil:
		fail(out, err)
	case ctx.Err() != nil && r.flags.repeat > 1:
		fail(out, errInterrupted) // no sample of what a whole run gives
	}
	return err
}

// progress starts the display, and returns with it what of the counts it
// shows. Where standard output is for programs there is none.
func (r *run) progress() (*report.Progress, func(client.Counts) int64) {
	done := func(c client.Counts) int64 { return c.Payload }
	pc := report.ProgressConfig{Title: r.config.Workload, Goal: r.config.Part(r.config.Bytes), Duration: r.config.Duration}
	if pc.Duration > 0 {
		pc.Duration += r.config.Omit
	}
	if r.config.Bytes == 0 && r.config.Messages > 0 {
		pc.Goal, pc.Unit = r.config.Part(r.config.Messages), report.Messages
		done = func(c client.Counts) int64 { return c.Messages }
	}
	if r.out.text == nil {
		return nil, done
	}
	pc.Bar, pc.Lines = terminal(r.env.stderr), r.out.text
	return report.StartProgress(pc), done
}
