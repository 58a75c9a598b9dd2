package client

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/sysinfo"
	"github.com/loadframe/loadframe/internal/units"
)

// Result is what a run measured, up to its end or to what ended it.
type Result struct {
	Config  Config // with the defaults filled in
	Framing string
	Start   time.Time
	Batch   int           // requests that one write carries at most; 0 for bulk
	Took    time.Duration // from the first request to the last reply; neither connecting nor the warm-up is in it
	Counts
	Failed int   // connections that ended with an error
	Unsent int64 // messages of an open loop that were due, but not sent when the time was over

	// In ns, of all connections. Response is counted from when a message was
	// due, Service from when it was sent. In a closed loop that is the same:
	// Service and Lag are nil. All are nil for bulk.
	Response, Service *hdrhistogram.Histogram
	Lag               *hdrhistogram.Histogram // by how much the generator itself sent too late

	CPU    sysinfo.CPU // of this process, while it was measured; 0: the system does not tell
	Health Health
}

// Counts are sums over all connections. Of ack, payload is what was
// acknowledged and wire what was sent; of the others both are what was received.
type Counts struct {
	Messages, Payload, Wire, Reads, Writes, VerifyErrors int64
}

// Interval is what arrived between two ticks.
type Interval struct {
	Start, End time.Duration // since the start of the run, its warm-up included
	Counts
	Response, Service *hdrhistogram.Histogram // as in Result; valid until the observer returns
	Omitted           bool                    // warm-up: in no total
}

// Observer is told how a run goes on, by one goroutine. A nil function is not
// called.
type Observer struct {
	Interval func(Interval)
	Progress func(Counts) // some ten times a second, with the totals so far, warm-up included
	Begin    func()       // when measuring begins: before the first message, or when the warm-up is over
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
	if c.workload.replies {
		r.Batch = c.batch(cod)
	}
	sessions, err := dialAll(ctx, &c, cod)
	if err != nil {
		return r, err
	}
	clk := &clock{}
	if c.Duration > 0 {
		clk.end = c.Omit + c.Duration
	}
	t := &ticker{clock: clk, cfg: &r.Config, observer: o, book: newBook(c.schedule != nil), workers: make([]*worker, c.Conns)}
	for i := range t.workers {
		t.workers[i] = newWorker(&r.Config, cod, sessions[i], i, clk, t.book.present)
	}
	if c.schedule != nil {
		t.pacer = newPacer(&r.Config, clk, t.workers)
	}
	clk.start = time.Now() // all memory is there
	r.Start = clk.start
	t.drive(ctx)
	return r, r.gather(t)
}

// gather takes over what the ticker and the workers have measured.
func (r *Result) gather(t *ticker) error {
	end := readVitals()
	if !t.measuring() {
		return fmt.Errorf("client: the run ended within its warm-up of %v", r.Config.Omit)
	}
	r.Took, r.Counts = t.ended-t.began, t.count
	if r.Config.workload.replies {
		r.Response, r.Service, r.Lag = t.book.total.response, t.book.total.service, t.book.total.lag
		r.Health = doubt(t.vitals, end, r.Response, r.Lag)
	} else {
		r.Health = doubt(t.vitals, end, nil, nil)
	}
	r.CPU = end.cpu.Sub(t.vitals.cpu)
	var first error
	for _, w := range t.workers {
		if w.err != nil {
			if r.Failed++; first == nil {
				first = w.err
			}
		}
	}
	if r.Unsent = t.unsent(); r.Unsent > 0 {
		r.Health.Reasons = append(r.Health.Reasons, fmt.Sprintf("%s messages were due and not sent when the time was over: no latency tells of them", units.FormatDigits(r.Unsent)))
	}
	if r.Failed > 1 {
		return fmt.Errorf("client: %d of %d connections failed; the first: %w", r.Failed, len(t.workers), first)
	}
	if first != nil {
		return fmt.Errorf("client: %w", first)
	}
	return nil
}

// unsent returns how many messages of an open loop were due before the end and
// not sent.
func (t *ticker) unsent() int64 {
	if t.pacer == nil || t.cfg.sizes.spec != "" && t.cfg.Bytes > 0 {
		return 0 // bytes end the run: nobody knows at which message
	}
	end := t.ended
	if t.clock.end > 0 {
		end = min(end, t.clock.end)
	}
	n := min(t.pacer.bound, t.pacer.cursor.before(end))
	for _, w := range t.workers {
		n -= w.sent()
	}
	return max(n, 0)
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
