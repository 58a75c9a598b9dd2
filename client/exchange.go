package client

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/loadframe/loadframe/codec"
)

// windowLimit is how many bytes may be in flight on a connection that is
// written and read by one goroutine. Both ends' socket buffers hold so much for
// sure; beyond it the two could wait for each other to read.
const windowLimit = 64 << 10

const readSize = 64 << 10

// newExchanger prepares a connection of echo or ack, with all its memory.
func newExchanger(w *worker) *exchanger {
	x := &exchanger{worker: w, bound: w.cfg.messageBound(w.id), sentAt: make([]atomic.Int64, w.cfg.Depth), in: make([]byte, readSize)}
	x.replySize = w.cfg.Size
	if w.cfg.Workload == Ack {
		x.replySize = ackSize
	}
	if codec.Delimits(w.codec) {
		x.stream = codec.NewStream(w.codec)
	}
	w.latency = newRecorder()
	return x
}

// inOneGoroutine tells whether a connection's requests in flight are few enough
// bytes to be written and read in turn.
func (c *Config) inOneGoroutine(cod codec.Codec) bool {
	return c.Depth*cod.Bound(c.Size) <= windowLimit
}

// drive sends requests, depth of them in flight, and takes the replies until
// the bound. Replies to what is in flight when the time is over are waited for.
func (x *exchanger) drive() error {
	run := x.apart
	if x.cfg.inOneGoroutine(x.codec) {
		run = x.inTurn
	}
	if err := run(); err != nil || x.bad != nil {
		return err
	}
	if x.partial > 0 || x.stream != nil && x.stream.Buffered() > 0 {
		x.mismatch(nil, fmt.Errorf("verify: more came than the %d replies", x.done))
	}
	return nil
}

// exchanger is the state of one connection's requests and replies.
type exchanger struct {
	*worker
	bound     int64          // messages
	sentAt    []atomic.Int64 // when the messages in flight were, ns since the start, by number modulo depth; 0: none is
	sent      int64
	done      int64
	replySize int
	out       []byte
	scratch   []byte        // a message that does not lie together in the content
	in        []byte        // chunk
	stream    *codec.Stream // nil where the framing does not delimit: replies are told apart by their size
	partial   int           // bytes of the present reply; without stream
}

// inTurn writes and reads in one goroutine: as many requests as there is room
// for in one write, then all replies of one read.
func (x *exchanger) inTurn() error {
	for {
		if err := x.send(x.room(x.sent-x.done, x.clock.now())); err != nil {
			return x.lastWords(err)
		}
		if x.sent == x.done {
			return nil
		}
		if err := x.receive(); err != nil || x.bad != nil {
			return err
		}
	}
}

// lastWords reads what the server has said before it closed a connection that
// we were still writing to, and returns it, or err.
func (x *exchanger) lastWords(err error) error {
	if x.session.nc.SetReadDeadline(time.Now().Add(tick)) == nil {
		for x.refused == nil && x.receive() == nil {
		}
	}
	if x.refused != nil {
		return x.refused
	}
	return err
}

// apart writes in a goroutine of its own: with that much in flight a write may
// have to wait until replies are read. The writer takes a slot for each message
// and announces it; the reader gives the slot back with the reply.
func (x *exchanger) apart() error {
	slots, flight := make(chan struct{}, x.cfg.Depth), make(chan struct{}, x.cfg.Depth)
	for range x.cfg.Depth {
		slots <- struct{}{}
	}
	quit := make(chan struct{})
	wrote := make(chan error, 1)
	go func() {
		defer close(flight)
		var err error
		for err == nil {
			select {
			case <-slots:
			case <-quit:
				wrote <- nil
				return
			}
			// Not before the slot is there: time may have passed.
			if x.room(0, x.clock.now()) <= 0 {
				break
			}
			flight <- struct{}{}
			err = x.send(1)
		}
		wrote <- err
	}()
	err := x.awaitAll(flight, slots)
	close(quit)
	if err != nil || x.bad != nil {
		x.session.nc.Close() // the writer may wait for us to read
	}
	if werr := <-wrote; err == nil && x.bad == nil {
		err = werr
	}
	return err
}

// awaitAll takes a reply for each message that is announced.
func (x *exchanger) awaitAll(flight <-chan struct{}, slots chan<- struct{}) error {
	expected := int64(0)
	for range flight {
		for expected++; x.done < expected; {
			if err := x.receive(); err != nil || x.bad != nil {
				return err
			}
		}
		slots <- struct{}{}
	}
	return nil
}

// room returns how many messages may be sent now.
func (x *exchanger) room(inFlight int64, now time.Duration) int64 {
	if x.clock.end > 0 && now >= x.clock.end {
		return 0
	}
	return min(int64(x.cfg.Depth)-inFlight, x.bound-x.sent)
}

// send writes n messages with one call. They count as sent when it begins.
func (x *exchanger) send(n int64) error {
	if n == 0 {
		return nil
	}
	var err error
	x.out = x.out[:0]
	first := x.sent
	for range n {
		if x.out, err = x.codec.Append(x.out, x.message(x.sent)); err != nil {
			return err
		}
		x.sent++
	}
	now := int64(x.clock.now())
	for i := first; i < x.sent; i++ {
		x.sentAt[i%int64(len(x.sentAt))].Store(max(now, 1))
	}
	return x.write(x.out)
}

// message returns the payload of message i: the content, size bytes by size
// bytes, so that any message can be checked from its number.
func (x *exchanger) message(i int64) []byte {
	size := x.cfg.Size
	if b := x.content.Slice(i*int64(size), size); len(b) == size {
		return b
	}
	if x.scratch == nil {
		x.scratch = make([]byte, size)
	}
	x.content.ReadAt(x.scratch, i*int64(size))
	return x.scratch
}

// receive reads once and takes all replies that are complete.
func (x *exchanger) receive() error {
	n, err := x.Read(x.in)
	if n == 0 {
		return err
	}
	now := int64(x.clock.now())
	before := x.done
	if x.stream == nil {
		err = x.takeBytes(x.in[:n], now)
	} else {
		err = x.takeFrames(x.in[:n], now)
	}
	add(&x.count.messages, x.done-before)
	// What is acknowledged is the payload of ack, what comes back that of echo.
	add(&x.count.payload, (x.done-before)*int64(x.cfg.Size))
	return err
}

func (x *exchanger) takeFrames(chunk []byte, now int64) error {
	for frame, err := range x.stream.Feed(chunk) {
		if err != nil {
			return err
		}
		if !x.reply(frame) {
			return x.refused
		}
		if err := x.completed(now); err != nil {
			return err
		}
	}
	return nil
}

// takeBytes tells replies apart by their size.
func (x *exchanger) takeBytes(b []byte, now int64) error {
	for len(b) > 0 {
		piece := b[:min(len(b), x.replySize-x.partial)]
		if !x.replyPart(piece) {
			return x.refused
		}
		b = b[len(piece):]
		if x.partial += len(piece); x.partial == x.replySize {
			x.partial = 0
			if err := x.completed(now); err != nil {
				return err
			}
		}
	}
	return nil
}

// completed records a reply to the oldest message in flight.
func (x *exchanger) completed(now int64) error {
	sent := x.sentAt[x.done%int64(len(x.sentAt))].Swap(0)
	if sent == 0 {
		return fmt.Errorf("a reply to nothing that was sent, after %d replies", x.done)
	}
	x.latency.record(now - sent)
	x.done++
	return nil
}
