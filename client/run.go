package client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/sysinfo"
)

// Result is what a run measured, up to its end or to what ended it.
type Result struct {
	Config  Config // with the defaults filled in
	Framing string
	Start   time.Time
	Late    time.Duration // by how much that is after Config.StartAt
	Batch   int           // requests that one write carries at most; 0 for bulk
	Took    time.Duration // from the first request to the last reply; neither connecting nor the warm-up is in it
	Counts
	Upward      Counts         // of Counts, what went from client to server; all of push and ack, and a part of duplex
	Connections int64          // that were made; for churn as many as messages
	Failed      int            // of these, ended with an error
	Faults      map[string]int // why: FaultRefused, ...
	Unsent      int64          // messages of an open loop that were due, but not sent when the time was over

	// In ns, of all connections. Response is counted from when a message was
	// due, Service from when it was sent. In a closed loop that is the same:
	// Service and Lag are nil. All are nil for bulk.
	Response, Service *hdrhistogram.Histogram
	Lag               *hdrhistogram.Histogram // by how much the generator itself sent too late

	Up, Down *hdrhistogram.Histogram // one-way delays of stamp, ns; else nil
	Clock    ClockOffset             // of stamp, or if Config.AskClock: by how much the server's clock is ahead
	ClockEnd ClockOffset             // if Config.AskClock: the same after the run
	Plan     *Plan                   // of an open loop; nil: what it lets go does not follow from the configuration
	View     *ServerView             // nil: not asked, or no answer
	Connect  *hdrhistogram.Histogram // of churn: how long connecting took, ns; else nil
	Streamed *Streamed               // of stream
	Path     *Path                   // of datagrams
	Server   *ServerCost             // nil: not asked, or no answer
	TCP      *TCPTotals              // nil: the system does not tell, or the transport has none
	Conns    []Conn                  // what each connection did, if Config.PerConn

	CPU    sysinfo.CPU // of this process, while it was measured; 0: the system does not tell
	Allocs int64       // objects that it allocated meanwhile
	Health Health
}

// Counts are sums over all connections. Of ack, payload is what was
// acknowledged and wire what was sent; of the others both are what was received.
type Counts struct {
	Messages, Payload, Wire, Reads, Writes, VerifyErrors int64

	// Datagrams. Lost of an exchange are those without a reply; Late came when
	// they were given up, or so late that it cannot be told whether they are
	// duplicates.
	Sent, Lost, Reordered, Duplicated, Late int64
}

// Interval is what arrived between two ticks.
type Interval struct {
	Start, End time.Duration // since the start of the run, its warm-up included
	Counts
	Upward            Counts                  // as in Result
	Response, Service *hdrhistogram.Histogram // as in Result; valid until the observer returns
	TCP               *TCPTotals              // at its end; nil: the system does not tell, or there are too many connections to ask
	Omitted           bool                    // warm-up: in no total
}

// Observer is told how a run goes on, by one goroutine. A nil function is not
// called.
type Observer struct {
	Interval func(Interval)
	Progress func(Counts) // some ten times a second, with the totals so far, warm-up included
	Begin    func()       // when measuring begins: before the first message, or when the warm-up is over
}

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
	}
	if r.Late, err = c.awaitStart(ctx, begin); err != nil { // all memory is there
		s.Close()
		return r, err
	}
	clk.start = time.Now()
	r.Start = clk.start
	t.drive(ctx)
	s.settle(t.workers)
	r.Server = about.end()
	if s.once {
		r.ClockEnd, r.View = askClock(ctx, &c), askView(ctx, &c)
	}
	return r, r.gather(t)
}

// gather takes over what the ticker and the workers have measured.
func (r *Result) gather(t *ticker) error {
	end := readVitals()
	if !t.measuring() {
		return fmt.Errorf("%w of %v", ErrWarmUp, r.Config.Omit)
	}
	r.Took, r.Counts = t.ended-t.began, t.count
	if r.Config.workload.replies {
		r.Response, r.Service, r.Lag = t.book.total.response, t.book.total.service, t.book.total.lag
		r.Up, r.Down, r.Connect = t.book.total.up, t.book.total.down, t.book.total.connect
		r.Health = doubt(t.vitals, end, r.Response, r.Lag)
	} else {
		r.Health = doubt(t.vitals, end, nil, nil)
	}
	r.CPU, r.Allocs = end.cpu.Sub(t.vitals.cpu), int64(end.allocs-t.vitals.allocs)
	r.Upward = t.upward.minus(t.upwardOmitted)
	r.Streamed = streamed(t)
	if t.pacer != nil && r.Config.plannable() {
		r.Plan = &t.pacer.plan
	}
	r.Path = pathOf(t)
	r.TCP = tcpTotals(t.workers)
	if r.Config.PerConn {
		r.Conns = t.flows.conns
	}
	var first error
	for _, w := range t.workers {
		if !w.kept {
			r.Connections += max(w.count.connections.Load(), 1)
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

// dialAtOnce is how many connections are opened at a time: the listen backlog
// is finite, and a SYN that it drops costs a second.
const dialAtOnce = 64

// dialAll opens the connections that there are not yet. If one cannot be, it
// closes all.
func dialAll(ctx context.Context, c *Config, cod codec.Codec, sessions []session) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(dialAtOnce, len(sessions)) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(sessions) && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				if sessions[i].nc != nil {
					continue
				}
				s, err := dial(ctx, c, cod, c.connection(i))
				if err != nil {
					cancel(err)
					return
				}
				sessions[i] = s
			}
		})
	}
	wg.Wait()
	err := context.Cause(ctx)
	if err != nil {
		closeAll(sessions)
	}
	return err
}

func closeAll(sessions []session) {
	for i, s := range sessions {
		if s.nc != nil {
			s.nc.Close()
			sessions[i] = session{}
		}
	}
}
