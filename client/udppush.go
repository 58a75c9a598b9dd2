package client

import (
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"github.com/loadframe/loadframe/internal/datagram"
	"github.com/loadframe/loadframe/internal/udpsocket"
)

// udpPusher sends Data when it is due and asks the server meanwhile what has
// arrived: that is what counts.
//
//	Data 0, Data 1, ... Report ->   <- Report
type udpPusher struct {
	*worker
	bound   int64 // datagrams
	next    int64
	cursor  *Cursor
	sleeper sleeper
	out     []byte

	asked    int64         // reports
	askedAt  time.Duration // the last
	last     time.Duration // when the last Data was sent
	held     time.Duration // until when a write waited for the path, if one did
	answered int64         // the greatest report that was answered
	receipt  datagram.Receipt

	skipped  int64       // datagrams that were due too long ago
	measured atomic.Bool // the warm-up is over
	forgot   int64       // datagrams that had arrived by then
}

// udpBehind is how much of the past is made up for, if it is more than
// udpsocket.MaxSegments datagrams. A sender that was held up
// longer would send a burst that nobody has asked for, and cause losses that
// the path has not: it says instead how much it left out.
const udpBehind = 10 * time.Millisecond

func resolveUDPPush(c *Config) error {
	if err := notPaced(c, c.Workload); err != nil {
		return err
	}
	if err := c.resolveUDPBulk(); err != nil {
		return err
	}
	if rest := c.Bytes % int64(c.Size); rest > 0 {
		c.Notes = append(c.Notes, fmt.Sprintf("%d bytes are rounded up to %d: all datagrams have %d", c.Bytes, c.Bytes+int64(c.Size)-rest, c.Size))
		c.Bytes += int64(c.Size) - rest
	}
	return nil
}

func prepareUDPPusher(w *worker) func() error {
	p := &udpPusher{worker: w, cursor: w.cfg.oneWay.Cursor(w.cfg.Seed), bound: w.cfg.messageBound(w.id)}
	w.up, w.begun = true, p.afresh
	return p.drive
}

// afresh is told that the warm-up is over. The worker's lock is held.
func (p *udpPusher) afresh() {
	p.forgot = int64(p.receipt.Received)
	p.measured.Store(true)
}

func (p *udpPusher) drive() error {
	p.sleeper = newSleeper()
	defer p.sleeper.close()
	// A report is read by another goroutine while this one sends.
	over := make(chan struct{})
	heard := make(chan error, 1)
	go func() { heard <- p.hear(over) }()
	err := p.push(over)
	if err == nil {
		err = p.wait(over)
	}
	ours := false
	select {
	case <-over:
	default:
		ours = true
		_ = p.session.nc.SetReadDeadline(time.Unix(1, 0)) // wakes it up
	}
	if herr := <-heard; herr != nil && !(ours && errors.Is(herr, os.ErrDeadlineExceeded)) {
		err = herr
	}
	p.mu.Lock()
	p.path.add(p.receipt, int64(p.receipt.Received)-p.forgot, p.cfg.offset)
	p.count.sent.Store(p.next)
	if err == nil {
		p.count.lost.Store(p.next - p.unique())
	}
	p.mu.Unlock()
	stop := datagram.Header{Kind: datagram.Stop, Run: p.session.run}.Append(nil)
	_, _ = p.session.nc.Write(stop) // a server that does not hear it forgets us in a minute
	if err == nil && p.bad == nil && p.count.messages.Load() == 0 && p.next > 0 {
		err = fmt.Errorf("none of %d datagrams has arrived: %w", p.next, errStalled)
	}
	return err
}

// push sends what is due until the bound or the end of the time.
func (p *udpPusher) push(over <-chan struct{}) error {
	for warm := p.cfg.Omit > 0; ; {
		now := p.clock.now()
		if warm && p.measured.Load() {
			warm, p.unsent, p.behind = false, 0, 0
		}
		n, wait := p.due(now)
		if n < 0 {
			return nil
		}
		if now-p.askedAt >= tick/5 {
			if err := p.ask(now); err != nil {
				return err
			}
		}
		select {
		case <-over:
			return nil // the reader says why
		default:
		}
		if n == 0 {
			p.sleeper.sleep(min(wait, tick))
			continue
		}
		if err := p.send(n, now); err != nil {
			return err
		}
	}
}

// due returns how many datagrams are due, or after what time one is; -1 if none
// ever will be.
func (p *udpPusher) due(now time.Duration) (n int64, wait time.Duration) {
	most := int64(max(1, min(udpsocket.MaxSegments, udpsocket.MaxSegmented/(p.cfg.Size+datagram.HeaderLen))))
	if end := p.clock.end; p.next < p.bound && (end == 0 || now < end) {
		p.leaveOut(now)
	}
	for n < most && p.next+n < p.bound {
		at, ok := p.cursor.Due(p.place() + (p.next+p.skipped+n)*int64(p.cfg.Conns))
		switch end := p.clock.end; {
		case n > 0 && (!ok || end > 0 && at >= end):
			return n, 0
		case !ok || end > 0 && now >= end:
			return -1, 0
		case end > 0 && at >= end:
			return 0, end - now // the time is a part of the rate
		case at > now:
			return n, at - now
		default:
			n++
		}
	}
	if n == 0 {
		return -1, 0
	}
	return n, 0
}

// place is which of the connections that push this is: message k of the schedule
// is sent by place k mod Conns.
func (p *udpPusher) place() int64 { return int64(p.id / p.cfg.workload.each()) }

// leaveOut leaves out what was due more than udpBehind ago, as far as more is due
// than one call sends. It is told by the schedule in a few steps: one by one, a
// schedule that is faster than that would take all the time that there is.
func (p *udpPusher) leaveOut(now time.Duration) {
	at, ok := p.cursor.Due(p.place() + (p.next+p.skipped)*int64(p.cfg.Conns))
	if !ok || now-at <= udpBehind {
		return
	}
	to := min(p.ours(p.cursor.before(now-udpBehind)), p.ours(p.cursor.before(now+1))-udpsocket.MaxSegments)
	if n := to - p.next - p.skipped; n > 0 {
		p.skipped, p.unsent = p.skipped+n, p.unsent+n
		p.behind = max(p.behind, now-max(at, p.held))
	}
}

// ours returns how many of the first n messages of the schedule are this
// connection's.
func (p *udpPusher) ours(n int64) int64 {
	conns := int64(p.cfg.Conns)
	return max(0, (n-p.place()+conns-1)/conns)
}

// send sends n datagrams.
func (p *udpPusher) send(n int64, now time.Duration) error {
	size := p.cfg.Size
	p.out = p.out[:0]
	for i := p.next; i < p.next+n; i++ {
		at := i * int64(size)
		h := datagram.Header{Kind: datagram.Data, Run: p.session.run, Sequence: uint64(i), Offset: uint64(at), Sent: p.wall(now)}
		p.out = appendContent(h.Append(p.out), p.content, at, size)
	}
	p.next += n
	p.last = now
	err := p.sendUDP(p.out, size+datagram.HeaderLen)
	if after := p.clock.now(); after-now >= heldWrite {
		p.held = after
	}
	return err
}
