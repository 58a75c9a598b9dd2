package client

import (
	"runtime"
	"sync/atomic"
	"time"
)

// pacer lets the messages of an open loop go when they are due: message k to
// connection k mod the number of connections.
//
// The assignment is fixed. Were a message given to whichever connection is
// free, a connection that stalls would be spared, and the stall would be seen
// by few messages: the omission that an open loop is there to avoid. So its
// messages wait for it, and their response time tells.
//
// One goroutine keeps the time for all connections: it alone sleeps precisely
// and spins, however many there are.
type pacer struct {
	clock   *clock
	cfg     *Config
	cursor  *Cursor
	gates   []*gate
	sleeper sleeper
	stopped atomic.Bool
	spun    time.Duration
	plan    Plan // what it has let go; read it when run has returned
}

// gate is where one connection learns how many messages are due.
type gate struct {
	due    atomic.Int64  // messages that have become due
	closed atomic.Bool   // no more will
	wake   chan struct{} // something has changed
}

func newGate() *gate { return &gate{wake: make(chan struct{}, 1)} }

func (g *gate) notify() {
	select {
	case g.wake <- struct{}{}:
	default: // it knows
	}
}

// A sleep ends late by what the machine takes to wake up: 20 to 80 µs here.
// So it is begun a little shorter, and the rest is spun away, if that is not
// more than a tenth of the time: a client that burns a core changes what it
// measures when the server stands beside it. Beyond that, messages go a sleep's
// error late, and the schedule lag says so.
const (
	spinMost  = 50 * time.Microsecond
	spinShare = 10
)

func newPacer(c *Config, clk *clock, workers []*worker) *pacer {
	p := &pacer{clock: clk, cfg: c, cursor: c.schedule.Cursor(c.Seed), sleeper: newSleeper()}
	for _, w := range workers {
		p.gates = append(p.gates, w.gate)
	}
	return p
}

// run opens the gates until the schedule, the bound or the time ends.
func (p *pacer) run() {
	defer p.close()
	for k, due := range p.cfg.plan() {
		if !p.await(due) {
			return
		}
		p.plan.add(k, due)
		g := p.gates[p.cfg.placeOf(k)]
		add(&g.due, 1)
		g.notify()
	}
	p.await(p.end())
}

// end returns when the time or the schedule ends the run, 0 if messages do. What is
// left of the time behind the last message is a part of the rate: two messages, one a
// second, take two seconds.
func (p *pacer) end() time.Duration {
	end := p.clock.end
	if n := p.cfg.schedule.Length(); n > 0 {
		end = min(end, n)
	}
	if p.cfg.planned() <= p.cursor.before(end) {
		return 0
	}
	return end
}

func (p *pacer) close() {
	p.sleeper.close()
	for _, g := range p.gates {
		g.closed.Store(true)
		g.notify()
	}
}

// stop ends run early. Any goroutine may call it.
func (p *pacer) stop() { p.stopped.Store(true) }

// await returns when the time has come, or false when the pacer is stopped.
func (p *pacer) await(due time.Duration) bool {
	for !p.stopped.Load() {
		now := p.clock.now()
		left := due - now
		mayspin := p.spun+spinMost <= now/spinShare
		switch {
		case left <= 0:
			return true
		case mayspin && left <= spinMost:
			for p.clock.now() < due {
				runtime.Gosched()
			}
			p.spun += left
		case mayspin:
			p.sleeper.sleep(min(left-spinMost, tick))
		default:
			p.sleeper.sleep(min(left, tick))
		}
	}
	return false
}
