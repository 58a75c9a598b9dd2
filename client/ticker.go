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
	pacer    *pacer // nil in a closed loop
	clock    *clock
	cfg      *Config
	observer Observer
	book     *book
	about    *aboutServer
	flows    flows
	stopped  atomic.Bool

	span    *span         // of the session; nil: a run is judged for itself
	vitals  vitals        // when the measuring began; without span
	began   time.Duration // -1: it has not
	ended   time.Duration
	omitted Counts // until then
	count   Counts // since then, at the end

	upward, upwardOmitted Counts // of these, from client to server

	told       Counts // in intervals so far
	toldUpward Counts
	toldTill   time.Duration // end of the last interval
	moved      []progress    // by worker
	looked     time.Duration // at them, last
}

// progress is how far a worker was when it last moved.
type progress struct {
	wire, payload, arrived, written, backlog int64
	at                                       time.Duration
	nudged                                   bool // since then
}

// nudgeAfter is how long a worker may not move before it is nudged. With 10,000
// connections a round trip takes more than 100 ms, and is no reason for it.
const nudgeAfter = time.Second

const tick = 100 * time.Millisecond

// drive runs all workers until they are done.
func (t *ticker) drive(ctx context.Context) {
	t.moved = make([]progress, len(t.workers))
	t.began = -1
	t.flows.begin(t)
	if t.cfg.Omit == 0 {
		t.begin(0, Counts{})
	}
	done := make(chan struct{})
	paced := make(chan struct{})
	go func() {
		var wg sync.WaitGroup
		for _, w := range t.workers {
			wg.Go(func() { w.run(t.stopped.Load) })
		}
		wg.Wait()
		close(done)
	}()
	go func() {
		defer close(paced)
		if t.pacer != nil {
			t.pacer.run()
		}
	}()
	every := time.NewTicker(t.period())
	defer every.Stop()
	interrupted := ctx.Done()
	for {
		select {
		case <-done:
			t.ended = t.end(t.clock.now())
			t.report(t.ended, true)
			t.flows.total(t.began, t.ended)
			if !t.stopped.Load() {
				t.judge(t.ended)
			}
			if t.pacer != nil {
				t.pacer.stop()
			}
			<-paced
			return
		case <-interrupted:
			interrupted = nil
			t.stopped.Store(true)
			if t.pacer != nil {
				t.pacer.stop()
			}
			t.expire(all)
		case <-every.C:
			now := t.clock.now()
			t.report(t.lastly(now), false)
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

// lastly returns when the last thing happened, if all workers but wait for what
// may be lost, and now otherwise: waiting for nothing is no part of a run.
func (t *ticker) lastly(now time.Duration) time.Duration {
	last := max(t.toldTill, t.began)
	for _, w := range t.workers {
		quiet := time.Duration(w.quiet.Load())
		if quiet == 0 {
			return now
		}
		last = max(last, quiet)
	}
	return min(now, last)
}

// end returns when the run has ended: with the last thing that happened. What was
// counted behind the last interval happened there, too, whatever the workers
// remember: a push over UDP hears only then what has arrived before.
func (t *ticker) end(now time.Duration) time.Duration {
	if last := t.lastly(now); last > t.toldTill || t.sum() == t.told {
		return last
	}
	return now
}

func (t *ticker) measuring() bool { return t.began >= 0 }

// begin starts the measuring. sum is what was counted before.
func (t *ticker) begin(now time.Duration, sum Counts) {
	t.began, t.omitted = now, sum
	t.upwardOmitted = t.book.upward
	t.flows.measure()
	if t.cfg.Omit > 0 {
		t.about.begin()
		for _, w := range t.workers {
			w.begin()
		}
	}
	if t.span != nil {
		t.span.resume()
	} else {
		t.vitals = readVitals()
	}
	if t.observer.Begin != nil {
		t.observer.Begin()
	}
}

// report tells the observer. The last interval may be shorter; with it the
// intervals add up to the run. A tick comes late, never early: intervals, and
// the warm-up, end where the tick found the counts, so that their rates are
// true.
func (t *ticker) report(now time.Duration, last bool) {
	if t.observer.Progress != nil {
		t.observer.Progress(t.sum())
	}
	warm := !t.measuring() && now >= t.cfg.Omit && !last
	due := t.cfg.Interval > 0 && now >= t.toldTill+t.cfg.Interval-time.Millisecond
	if !last && !due && !warm {
		return
	}
	page, sum := t.book.turn(t.workers)
	if t.measuring() {
		t.book.keep(page)
		t.count, t.upward = sum.minus(t.omitted), t.book.upward
	}
	tell := t.cfg.Interval > 0 && t.observer.Interval != nil && (due || warm || sum != t.told)
	var tcp *TCPTotals
	if tell || t.cfg.PerConn {
		tcp = t.flows.look(t)
	}
	if tell {
		i := Interval{Start: t.toldTill, End: now, Counts: sum.minus(t.told), Omitted: !t.measuring()}
		i.TCP, i.Retransmits, i.Jitter = tcp, t.flows.resent(tcp), t.jitters()
		i.Upward, t.toldUpward = t.book.upward.minus(t.toldUpward), t.book.upward
		if t.cfg.workload.replies {
			i.Response, i.Service = page.response, page.service
		}
		t.flows.turn(now, i.Omitted)
		t.observer.Interval(i)
		t.told, t.toldTill = sum, now
	}
	if warm {
		t.begin(now, sum)
	}
}

// expireStalled fails the connections that have not moved for the timeout. Of a
// time in which this process stood still, as in a virtual machine that is paused,
// a tick is counted and no more: what came meanwhile has not been read yet, and
// the server is not to blame.
func (t *ticker) expireStalled(at time.Duration) {
	if still := at - t.looked - tick; still > tick {
		for i := range t.moved {
			t.moved[i].at += still
		}
	}
	t.looked = at
	t.expire(func(w *worker) bool {
		p := &t.moved[w.place]
		if w.owed != nil && !w.owed() {
			p.at = at // nothing to wait for
		}
		now := progress{w.count.wire.Load(), w.count.payload.Load(), w.count.arrived.Load(), w.count.written.Load(), 0, p.at, p.nudged}
		if w.backlog != nil {
			now.backlog = w.backlog()
		}
		if now != *p {
			*p = now
			p.at, p.nudged = at, false
		}
		if w.nudge != nil && !p.nudged && at-p.at >= min(nudgeAfter, t.cfg.Timeout/2) {
			p.nudged = true
			w.nudge()
		}
		if w.lowat != nil && at-p.at >= tick {
			w.lowat.slowed()
		}
		if end := t.clock.end; end > 0 && at > end+t.cfg.Timeout && !w.patient {
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
			w.err = fmt.Errorf("connection %d: nothing arrived in the last %v of %v", w.id, (took - p.at).Round(tick), took.Round(tick))
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

// sum returns what is counted by now. The counts need not agree with one
// another to the message; those that a turn of the book finds do.
func (t *ticker) sum() (c Counts) {
	for _, w := range t.workers {
		c = c.plus(w.count.read())
	}
	return c
}
