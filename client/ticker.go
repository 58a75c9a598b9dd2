package client

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

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
	wire, payload, written int64
	at                     time.Duration
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
			if !t.stopped.Load() {
				t.judge(took)
			}
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
func (t *ticker) expireStalled(at time.Duration) {
	t.expire(func(w *worker) bool {
		p := &t.moved[w.id]
		now := progress{w.count.wire.Load(), w.count.payload.Load(), w.count.written.Load(), p.at}
		if now != *p {
			*p = now
			p.at = at
		}
		if w.lowat != nil && at-p.at >= tick {
			w.lowat.slowed()
		}
		if end := t.clock.end; end > 0 && at > end+t.cfg.Timeout {
			w.overdue.Store(true)
			return true
		}
		if at-p.at < t.cfg.Timeout {
			return false
		}
		w.stalled.Store(true)
		return true
	})
}

// judge fails the connections that time alone has ended, but that had long
// stopped moving: a server that says nothing is not one of 0 bytes/s.
func (t *ticker) judge(took time.Duration) {
	patience := min(t.cfg.Timeout, t.clock.end/2)
	for i, w := range t.workers {
		if p := t.moved[i]; w.timedOut && w.lowat != nil && (w.count.payload.Load() == 0 || took-p.at > patience+tick) {
			w.err = fmt.Errorf("connection %d: nothing arrived in the last %v of %v", i, (took - p.at).Round(tick), took.Round(tick))
		}
	}
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
