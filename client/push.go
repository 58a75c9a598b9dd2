package client

import (
	"fmt"
	"net"
	"time"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/preface"
)

// pusher sends generated content on one connection and takes the server's
// report of what has arrived. Until that comes, what the kernel has taken is
// what counts.
type pusher struct {
	*worker
	bound   int64 // payload bytes to send
	sent    int64
	frames  int64
	room    int // bytes that one write carries
	vec     net.Buffers
	buf     []byte // encoded frames of a framing that changes them, or that are small
	scratch []byte
	zero    *zeroCopy

	verbatim   codec.Enveloper // nil: frames are encoded one by one
	head, tail []byte          // of a whole frame
}

// A write is as long as the peer takes in a moment: a long one is cheap, and
// on a slow path nothing is seen to move before it returns.
const (
	pushLeast = 64 << 10
	pushMost  = 1 << 20
	pushFast  = 10 * time.Millisecond
	pushSlow  = 100 * time.Millisecond
)

// gatherMin is the smallest frame that is sent from where its content lies.
const gatherMin = 4 << 10

func openPush(c *Config, i int) opening {
	ps := append(c.contentParams(i), preface.Param{Key: "verify", Value: string(c.Verify)})
	return opening{params: ps}
}

func resolvePush(c *Config, cod codec.Codec) error {
	if c.Plain {
		if c.Verify == VerifyFull || c.Verify == VerifyLength {
			return fmt.Errorf("verification %s: a plain server does not report what has arrived", c.Verify)
		}
		c.Verify = VerifyNone
	}
	return resolveBulk(c, cod, Push)
}

func newPusher(w *worker) *pusher {
	p := &pusher{worker: w, bound: w.cfg.byteBound(w.id, w.session.frame), room: pushLeast}
	w.up, w.patient = true, true
	w.backlog = func() int64 { return unsentBytes(w.session.nc) }
	if codec.Once(w.codec) {
		w.session.frame = int(p.bound)
	}
	if e, ok := w.codec.(codec.Enveloper); ok && !w.cfg.fussy && w.session.frame >= gatherMin {
		p.verbatim = e
		p.head, p.tail = e.Envelope(w.session.frame)
	}
	if w.cfg.Socket.ZeroCopy {
		p.zero = &zeroCopy{}
	}
	return p
}

// drive sends until the bound or the end of the time, then asks for the report.
func (p *pusher) drive() error {
	if p.zero != nil {
		if err := p.zero.open(p.content); err != nil {
			return err
		}
		defer p.zero.close()
	}
	for p.sent < p.bound && (p.clock.end == 0 || p.clock.now() < p.clock.end) {
		began := time.Now()
		if err := p.pushSome(); err != nil {
			return p.lastWords(err)
		}
		switch took := time.Since(began); {
		case took < pushFast:
			p.room = min(2*p.room, pushMost)
		case took > pushSlow:
			p.room = max(p.room/2, pushLeast)
		}
	}
	if err := p.shut(); err != nil {
		return p.lastWords(err)
	}
	return p.report()
}

// pushSome makes one write.
func (p *pusher) pushSome() error {
	payload, frames, err := int64(0), int64(0), error(nil)
	var wire int64
	switch {
	case p.zero != nil:
		payload, err = p.zero.send(p.session.nc, p.sent, min(p.bound-p.sent, int64(p.room)))
		wire = payload
	case p.verbatim != nil:
		payload, frames = p.gather()
		wire, err = p.vec.WriteTo(p.session.nc)
	default:
		if payload, frames, err = p.encode(); err == nil {
			var n int
			n, err = p.session.nc.Write(p.buf)
			wire = int64(n)
		}
	}
	add(&p.count.writes, 1)
	add(&p.count.written, wire)
	p.mu.Lock()
	defer p.mu.Unlock()
	add(&p.count.wire, wire)
	if err != nil {
		add(&p.count.payload, min(wire, payload)) // about: it is the end
		return err
	}
	p.sent, p.frames = p.sent+payload, p.frames+frames
	p.count.payload.Store(p.sent)
	add(&p.count.messages, frames)
	return nil
}

// gather puts slices of whole frames together where they lie.
func (p *pusher) gather() (payload, frames int64) {
	p.vec = p.vec[:0]
	for left := p.room; left > 0 && p.sent+payload < p.bound; frames++ {
		n := int(min(int64(p.session.frame), p.bound-p.sent-payload))
		head, tail := p.head, p.tail
		if n < p.session.frame {
			head, tail = p.verbatim.Envelope(n)
		}
		if len(head) > 0 {
			p.vec = append(p.vec, head)
		}
		for k := 0; k < n; {
			b := p.content.Slice(p.sent+payload+int64(k), n-k)
			p.vec = append(p.vec, b)
			k += len(b)
		}
		if len(tail) > 0 {
			p.vec = append(p.vec, tail)
		}
		payload += int64(n)
		left -= n
	}
	return payload, frames
}

// encode makes frames one by one.
func (p *pusher) encode() (payload, frames int64, err error) {
	p.buf = p.buf[:0]
	for ; len(p.buf) < pushLeast && p.sent+payload < p.bound; frames++ {
		n := int(min(int64(p.session.frame), p.bound-p.sent-payload))
		b := p.content.Slice(p.sent+payload, n)
		if len(b) < n {
			if len(p.scratch) < n {
				p.scratch = make([]byte, n)
			}
			b = p.scratch[:n]
			p.content.ReadAt(b, p.sent+payload)
		}
		if p.buf, err = p.codec.Append(p.buf, b); err != nil {
			return payload, frames, err
		}
		payload += int64(n)
	}
	return payload, frames, nil
}
