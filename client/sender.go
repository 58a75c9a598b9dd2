package client

import (
	"time"

	"github.com/loadframe/loadframe/codec"
)

// sender is the writing half of an exchanger.
type sender struct {
	bound     int64   // messages
	byteBound int64   // payload bytes, where sizes vary
	payload   int64   // bytes sent
	batch     int64   // messages a write at most
	stride    int64   // bytes of content from one message to the next
	cursor    *Cursor // nil in a closed loop
	held      int64   // until when the path, not the generator, kept messages back; ns since the start
	began     int64   // when the last write did; ns since the start

	out []byte
}

// heldWrite is how long a write takes that waited for the peer: one that finds
// room takes some µs. But so long takes one, too, whose thread lost its
// processor, and then the generator is to blame: only with more in flight than
// socket buffers hold for sure, windowLimit, it is the peer.
const heldWrite = time.Millisecond

// catchUp is how long after the end of the time messages are sent that were due
// before it: those of the last moment, not the backlog of an overload.
const catchUp = 100 * time.Millisecond

func newSender(w *worker) sender {
	c := w.cfg
	s := sender{bound: c.messageBound(w.id), byteBound: unbounded, batch: int64(c.batch(w.codec)), stride: c.stride()}
	if c.sizes.spec != "" {
		s.byteBound = c.share(bound(c.Bytes), w.id)
	}
	if c.schedule != nil {
		s.cursor = c.schedule.Cursor(c.Seed)
	}
	if !c.inOneGoroutine(w.codec) {
		w.gate = newGate()
	}
	return s
}

// stride returns how far apart in the content messages begin. Where sizes vary
// it is odd, so that it has nothing in common with most periods.
func (c *Config) stride() int64 {
	n := max(1, int64(c.sizes.mean))
	if c.sizes.spec != "" {
		n |= 1
	}
	return n
}

// inOneGoroutine tells whether a connection's requests in flight are few enough
// bytes to be written and read in turn. An open loop cannot: a message is due
// while another's reply is waited for.
func (c *Config) inOneGoroutine(cod codec.Codec) bool {
	return c.schedule == nil && int64(c.Depth)*int64(cod.Bound(c.sizes.max)) <= windowLimit
}

// turns tells whether one goroutine's writing and reading is to be done with as few
// calls and copies as can be, since nothing is asked for that would need more.
func (c *Config) turns(cod codec.Codec) bool {
	return c.inOneGoroutine(cod) && (c.Cuts == "" || c.Cuts == CutsWhole) && c.Pause == 0 && !codec.Once(cod)
}

// batch returns how many messages one write carries at most.
func (c *Config) batch(cod codec.Codec) int {
	least := max(1, cod.Bound(c.sizes.min))
	return max(1, min(c.Batch, c.Depth, (windowLimit+least-1)/least))
}

// sendAll sends until the end, whenever the gate and the depth allow.
func (x *exchanger) sendAll(quit <-chan struct{}) (err error) {
	waited := false // for replies
	for {
		n, more := x.allowed()
		if n > 0 {
			if waited {
				x.held, waited = int64(x.clock.now()), false
			}
			if err = x.send(n); err != nil {
				break
			}
			continue
		}
		if !more {
			if !waited {
				x.behind = x.lateness(x.cursor, x.sent.Load(), x.held)
			}
			break
		}
		waited = x.sent.Load()-x.done.Load() >= int64(x.cfg.Depth)
		select {
		case <-x.gate.wake:
		case <-quit:
			return nil
		}
	}
	if err == nil {
		err = x.sentAll()
	}
	x.finished.Store(true)
	switch {
	case err != nil:
		_ = x.session.nc.SetReadDeadline(time.Now().Add(tick)) // the server's last words
	case x.done.Load() == x.sent.Load():
		_ = x.session.nc.SetReadDeadline(time.Unix(1, 0)) // the reader waits for nothing
	}
	return err
}

// allowed returns how many messages may be sent now, and, if none, whether
// there will be more.
func (x *exchanger) allowed() (n int64, more bool) {
	sent := x.sent.Load()
	n = int64(x.cfg.Depth) - (sent - x.done.Load())
	switch {
	case sent == x.bound || x.payload >= x.byteBound:
		return 0, false
	case n <= 0:
		return 0, true
	}
	end := x.clock.end
	if x.cursor == nil {
		if end > 0 && x.clock.now() >= end {
			return 0, false
		}
		return min(n, x.bound-sent), true
	}
	closed := x.gate.closed.Load() // before due: it is the last to change
	due := x.gate.due.Load() - sent
	if due == 0 {
		return 0, !closed
	}
	if end > 0 && x.clock.now() >= end+catchUp {
		return 0, false
	}
	return min(n, due), true
}

// lateness returns for how long message next has been due, if the pacer has let
// it go, and nobody but this machine kept it back since held; else 0.
func (w *worker) lateness(c *Cursor, next, held int64) time.Duration {
	if c == nil || w.gate.due.Load() <= next {
		return 0
	}
	due, _ := c.Due(int64(w.id) + next*int64(w.cfg.Conns))
	return w.clock.now() - max(due, time.Duration(held))
}

// send writes up to n messages with one call.
func (x *exchanger) send(n int64) error {
	out, err := x.compose(x.out[:0], n)
	if err != nil {
		return err
	}
	if x.out = out; x.cutter == nil {
		err = x.write(x.out)
	} else {
		err = x.cutter.pieces(x.out, x.write)
		x.cutter.ends = x.cutter.ends[:0]
	}
	if sent := x.sent.Load(); x.cursor != nil && (sent-x.done.Load())*int64(x.cfg.Size) > windowLimit {
		if after := int64(x.clock.now()); after-x.began >= int64(heldWrite) {
			x.held = after
		}
	}
	return err
}

// compose appends up to n messages for one write. They count as sent from now on.
func (x *exchanger) compose(out []byte, n int64) ([]byte, error) {
	first, before := x.sent.Load(), x.payload
	i := first
	for ; i < first+min(n, x.batch) && x.payload < x.byteBound && (i == first || len(out) < windowLimit); i++ {
		m := x.message(i)
		var err error
		if out, err = x.codec.Append(out, m); err != nil {
			return out, err
		}
		x.payload += int64(len(m))
		if x.cutter != nil {
			x.cutter.ends = append(x.cutter.ends, len(out))
		}
	}
	now := int64(x.clock.now())
	if x.gate != nil { // or the same goroutine reads
		x.mu.Lock()
	}
	for k := first; k < i; k++ {
		s := stamp{due: now, sent: now}
		if x.cursor != nil {
			due, _ := x.cursor.Due(int64(x.id) + k*int64(x.cfg.Conns))
			s.due = int64(due)
			s.lag = now - max(s.due, x.held)
		}
		x.flight.put(s)
	}
	if x.up {
		x.upWire.wrote(x.payload-before, int64(len(out)))
	}
	if x.gate != nil {
		x.mu.Unlock()
	}
	x.sent.Store(i)
	x.began = now
	return out, nil
}

// message returns the payload of message i: the content from i strides on, so
// that any message can be checked from its number.
func (x *exchanger) message(i int64) []byte {
	size, at := x.cfg.sizes.at(i), i*x.stride
	if b := x.content.Slice(at, size); len(b) == size {
		return b
	}
	if len(x.scratch) < size {
		x.scratch = make([]byte, size)
	}
	x.content.ReadAt(x.scratch[:size], at)
	return x.scratch[:size]
}
