package client

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/loadframe/loadframe/codec"
)

// Result is what a run measured, up to its end or to what ended it.
type Result struct {
	Config  Config // with the defaults filled in
	Framing string
	Start   time.Time
	Batch   int           // requests that one write carries at most; 0 for bulk
	Took    time.Duration // from the first request to the last reply, connecting not included
	Counts
	Failed   int                     // connections that ended with an error
	Response *hdrhistogram.Histogram // ns; nil for bulk
}

// Counts are sums over all connections. Of ack, payload is what was
// acknowledged and wire what was sent; of the others both are what was received.
type Counts struct {
	Messages, Payload, Wire, Reads, Writes, VerifyErrors int64
}

// Interval is what arrived between two ticks.
type Interval struct {
	Start, End time.Duration // since the start of the run
	Counts
}

// Observer is told how a run goes on, by one goroutine. A nil function is not
// called.
type Observer struct {
	Interval func(Interval)
	Progress func(Counts) // some ten times a second, with the totals so far
}

// Run connects, runs the workload to its bound, and returns what it measured.
// It returns when every connection is closed and none of its goroutines is
// left. When ctx ends, the run stops early, and the result is still good. An
// error tells why the run or some of its connections failed; what was measured
// is returned with it.
func Run(ctx context.Context, c Config, o Observer) (Result, error) {
	c, cod, err := c.Resolve()
	r := Result{Config: c}
	if err != nil {
		return r, err
	}
	r.Framing = cod.String()
	if c.Workload != Pull {
		r.Batch = 1
		if c.inOneGoroutine(cod) {
			r.Batch = c.Depth
		}
	}
	sessions, err := dialAll(ctx, &c, cod)
	if err != nil {
		return r, err
	}
	clk := &clock{end: c.Duration}
	workers := make([]*worker, c.Conns)
	for i := range workers {
		workers[i] = newWorker(&r.Config, cod, sessions[i], i, clk)
	}
	clk.start = time.Now() // all memory is there
	r.Start = clk.start
	t := &ticker{workers: workers, clock: clk, cfg: &r.Config, observer: o}
	r.Took = t.drive(ctx)
	r.Counts = t.total()
	return r, r.gather(workers)
}

// gather merges what the workers kept to themselves.
func (r *Result) gather(workers []*worker) error {
	var first error
	for _, w := range workers {
		if w.latency != nil {
			w.latency.flush()
			if r.Response == nil {
				r.Response = w.latency.histogram
			} else {
				r.Response.Merge(w.latency.histogram)
			}
		}
		if w.err != nil {
			if r.Failed++; first == nil {
				first = w.err
			}
		}
	}
	if r.Failed > 1 {
		return fmt.Errorf("client: %d of %d connections failed; the first: %w", r.Failed, len(workers), first)
	}
	if first != nil {
		return fmt.Errorf("client: %w", first)
	}
	return nil
}

// dialAtOnce is how many connections are opened at a time: the listen backlog
// is finite, and a SYN that it drops costs a second.
const dialAtOnce = 64

// dialAll opens all connections, or none.
func dialAll(ctx context.Context, c *Config, cod codec.Codec) ([]session, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	sessions := make([]session, c.Conns)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(dialAtOnce, c.Conns) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < c.Conns && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				s, err := dial(ctx, c, cod, i)
				if err != nil {
					cancel(err)
					return
				}
				sessions[i] = s
			}
		})
	}
	wg.Wait()
	if err := context.Cause(ctx); err != nil {
		for _, s := range sessions {
			if s.nc != nil {
				s.nc.Close()
			}
		}
		return nil, err
	}
	return sessions, nil
}
