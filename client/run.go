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
	Took    time.Duration // from the first request to the last reply, connecting not included
	Counts
	Failed   int                     // connections that ended with an error
	Response *hdrhistogram.Histogram // ns; nil for bulk
}

// Counts are sums over all connections. Wire bytes are those received.
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
	sessions, err := dialAll(ctx, &c, cod)
	if err != nil {
		return r, err
	}
	clk := &clock{start: time.Now(), end: c.Duration}
	r.Start = clk.start
	workers := make([]*worker, c.Conns)
	for i := range workers {
		workers[i] = newWorker(&r.Config, cod, sessions[i], i, clk)
	}
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
			if r.Response == nil {
				r.Response = w.latency
			} else {
				r.Response.Merge(w.latency)
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

// ticker watches the workers of a run while they work.
type ticker struct {
	workers  []*worker
	clock    *clock
	cfg      *Config
	observer Observer
	stopped  atomic.Bool

	told     Counts        // in intervals so far
	toldTill time.Duration // end of the last interval
	moved    []progress    // by worker
}

// progress is how far a worker was when it last moved.
type progress struct {
	wire, payload int64
	at            time.Duration
}

const tick = 100 * time.Millisecond

// drive runs all workers and returns how long they took.
func (t *ticker) drive(ctx context.Context) time.Duration {
	t.moved = make([]progress, len(t.workers))
	done := make(chan struct{})
	go func() {
		var wg sync.WaitGroup
		for _, w := range t.workers {
			wg.Go(func() { w.run(t.stopped.Load) })
		}
		wg.Wait()
		close(done)
	}()
	every := time.NewTicker(t.period())
	defer every.Stop()
	interrupted := ctx.Done()
	for {
		select {
		case <-done:
			took := t.clock.now()
			t.report(took, true)
			return took
		case <-interrupted:
			interrupted = nil
			t.stopped.Store(true)
			t.expire(all)
		case <-every.C:
			now := t.clock.now()
			t.report(now, false)
			if t.stopped.Load() {
				t.expire(all) // again: a worker may just have set a deadline of its own
			} else {
				t.expireStalled(now)
			}
		}
	}
}

func (t *ticker) period() time.Duration {
	if i := t.cfg.Interval; i > 0 && i < tick {
		return i
	}
	return tick
}

// report tells the observer. The last interval may be shorter; with it the
// intervals add up to the run.
func (t *ticker) report(now time.Duration, last bool) {
	sum := t.total()
	if t.observer.Progress != nil {
		t.observer.Progress(sum)
	}
	i := t.cfg.Interval
	if i == 0 || t.observer.Interval == nil {
		return
	}
	// A tick comes late, never early: intervals end where the tick found the
	// counts, so that their rates are true.
	if due := t.toldTill + i; now >= due-time.Millisecond || last && sum != t.told {
		t.observer.Interval(Interval{Start: t.toldTill, End: now, Counts: sum.minus(t.told)})
		t.told, t.toldTill = sum, now
	}
}

// expireStalled fails the connections that have not moved for the timeout.
func (t *ticker) expireStalled(now time.Duration) {
	t.expire(func(w *worker) bool {
		p := &t.moved[w.id]
		if wire, payload := w.count.wire.Load(), w.count.payload.Load(); wire != p.wire || payload != p.payload {
			*p = progress{wire, payload, now}
		}
		if now-p.at < t.cfg.Timeout {
			return false
		}
		w.stalled.Store(true)
		return true
	})
}

func all(*worker) bool { return true }

// expire makes the reads and writes of some workers fail at once.
func (t *ticker) expire(which func(*worker) bool) {
	for _, w := range t.workers {
		if which(w) {
			_ = w.session.nc.SetDeadline(time.Unix(1, 0))
		}
	}
}

func (t *ticker) total() Counts {
	var sum Counts
	for _, w := range t.workers {
		sum.Messages += w.count.messages.Load()
		sum.Payload += w.count.payload.Load()
		sum.Wire += w.count.wire.Load()
		sum.Reads += w.count.reads.Load()
		sum.Writes += w.count.writes.Load()
		sum.VerifyErrors += w.count.verifyErrors.Load()
	}
	return sum
}

func (c Counts) minus(d Counts) Counts {
	return Counts{c.Messages - d.Messages, c.Payload - d.Payload, c.Wire - d.Wire, c.Reads - d.Reads, c.Writes - d.Writes, c.VerifyErrors - d.VerifyErrors}
}
