package client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// ErrWarmUp is of a run that ended before there was anything to measure: the
// time may have been too short for a machine that does something else.
var ErrWarmUp = errors.New("client: the run ended within its warm-up")

// Run connects, runs the workload to its bound, and returns what it measured.
// It returns when every connection is closed and none of its goroutines is
// left. When ctx ends, the run stops early, and the result is still good. An
// error tells why the run or some of its connections failed; what was measured
// is returned with it.
func Run(ctx context.Context, c Config, o Observer) (Result, error) {
	c, cod, err := c.Resolve()
	if err != nil {
		return Result{Config: c}, err
	}
	s := newSession(c, cod)
	s.once = true
	return s.run(ctx, o)
}

// run does what Run and Session.Burst promise.
func (s *Session) run(ctx context.Context, o Observer) (r Result, err error) {
	c, cod := s.config, s.codec
	r = Result{Config: c, Framing: cod.String()}
	if c.udp() {
		r.Framing = udpFraming
	}
	if err := c.awaitConnecting(ctx); err != nil {
		return r, err
	}
	if c.workload.replies {
		r.Batch = c.batch(cod)
	}
	// The question about the server's cost comes behind the run's own
	// connections, unless it is about them: a server for one client takes the
	// first that comes.
	var about *aboutServer
	ahead := c.workload.self || c.Workload == Idle
	if ahead {
		about = askServer(ctx, &c)
	}
	kept, err := s.dial(ctx)
	if err != nil {
		about.close()
		r.Faults = map[string]int{fault(err): 1}
		return r, err
	}
	if !ahead {
		about = askServer(ctx, &c)
	}
	defer about.close()
	switch {
	case c.udp():
		r.Clock = s.conns[0].clock
	case c.Workload == Stamp:
		if err := s.calibrate(); err != nil {
			return r, err
		}
		r.Clock = *s.clock
	case s.once:
		r.Clock = askClock(ctx, &c)
	}
	r.Config.offset = r.Clock.Offset
	clk := &clock{}
	if c.Duration > 0 {
		clk.end = c.Omit + c.Duration
	}
	t := &ticker{clock: clk, cfg: &r.Config, observer: o, book: s.latencies(), workers: make([]*worker, c.workers()), about: about}
	defer startLoops(&r.Config, cod, s.conns, t.book.present).stop()
	for i := range t.workers {
		t.workers[i] = newWorker(&r.Config, cod, s.conns[i], i, clk, t.book.present)
		t.workers[i].keep, t.workers[i].kept = s.keep, kept[i]
	}
	hold := sync.OnceFunc(about.hold)
	for _, w := range t.workers {
		w.hold = hold
	}
	if c.schedule != nil {
		t.pacer = newPacer(&r.Config, clk, t.workers)
	}
	begin := func() {
		if c.Omit == 0 {
			about.begin()
		}
		if o.Ready != nil {
			o.Ready()
		}
	}
	if r.Late, err = c.awaitStart(ctx, begin); err != nil { // all memory is there
		s.Close()
		return r, err
	}
	if !s.once {
		t.span = &s.span
	}
	clk.start = time.Now()
	r.Start = clk.start
	t.drive(ctx)
	s.settle(t.workers)
	if !silent(t.workers) {
		r.Server = about.end()
		if s.once {
			r.ClockEnd, r.View = askClock(ctx, &c), askView(ctx, &c)
		}
	}
	return r, r.gather(t)
}

// silent tells whether every connection has failed since the server does not answer: to
// ask it once more, and wait for the timeout each time, would be in vain.
func silent(workers []*worker) bool {
	return !slices.ContainsFunc(workers, func(w *worker) bool { return w.err == nil || w.fault != FaultTimeout })
}

// gather takes over what the ticker and the workers have measured.
func (r *Result) gather(t *ticker) error {
	var end vitals
	if t.span == nil {
		end = readVitals()
	}
	if !t.measuring() {
		return fmt.Errorf("%w of %v", ErrWarmUp, r.Config.Omit)
	}
	r.Took, r.Counts = t.ended-t.began, t.count
	if r.Config.workload.replies {
		r.Response, r.Service, r.Lag = t.book.total.response, t.book.total.service, t.book.total.lag
		r.Up, r.Down, r.Connect = t.book.total.up, t.book.total.down, t.book.total.connect
	}
	if t.span != nil {
		r.Health = t.span.judge(r.Response, r.Lag)
	} else {
		r.Health = doubt(t.vitals, end, r.Response, r.Lag)
		r.CPU, r.Allocs = end.cpu.Sub(t.vitals.cpu), int64(end.allocs-t.vitals.allocs)
	}
	r.Upward = t.upward.minus(t.upwardOmitted)
	r.Streamed = streamed(t)
	if t.pacer != nil && r.Config.plannable() {
		r.Plan = &t.pacer.plan
	}
	if r.Path = pathOf(t.workers, both); r.Config.Workload == Duplex {
		r.PathUp, r.PathDown = pathOf(t.workers, upward), pathOf(t.workers, downward)
	}
	r.TCP = tcpTotals(t.workers)
	if r.Config.PerConn {
		r.Conns = t.flows.conns
	}
	var first error
	for _, w := range t.workers {
		if r.Config.pushes(w.id) && !r.Config.udp() && !w.reported {
			r.Unreported++
		}
		if !w.kept {
			r.Connections += max(w.count.connections.Load()-w.warm, 1)
		}
		if w.err != nil {
			if r.Failed++; first == nil {
				first = w.err
			}
			if r.Faults == nil {
				r.Faults = map[string]int{}
			}
			r.Faults[w.fault]++
		}
	}
	if r.Unsent = t.unsent(); r.Unsent > 0 {
		r.Health.unsent(r.Unsent, slices.MaxFunc(t.workers, func(a, b *worker) int { return cmp.Compare(a.behind, b.behind) }).behind)
	}
	if reason := t.workers[0].pieces; reason != "" {
		r.Health.Reasons = append(r.Health.Reasons, reason)
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
	if t.cfg.oneWay != nil {
		var n int64
		for _, w := range t.workers {
			n += w.unsent
		}
		return n
	}
	if t.pacer == nil || t.cfg.sizes.spec != "" && t.cfg.Bytes > 0 {
		return 0 // bytes end the run: nobody knows at which message
	}
	end := t.ended
	if t.clock.end > 0 {
		end = min(end, t.clock.end)
	}
	n := t.cfg.Part(min(t.cfg.planned(), t.pacer.cursor.before(end)))
	for _, w := range t.workers {
		n -= w.sent()
	}
	return max(n, 0)
}
