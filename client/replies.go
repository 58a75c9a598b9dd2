package client

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/loadframe/loadframe/codec"
)

// receiveAll takes replies until there is one for every message, and none more
// to be sent.
func (x *exchanger) receiveAll() error {
	for {
		if x.finished.Load() && x.replies == x.sent.Load() {
			return nil
		}
		if err := x.receive(); err != nil || x.bad != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) && x.finished.Load() && x.replies == x.sent.Load() {
				return nil // the writer has woken us up
			}
			return err
		}
	}
}

// receive reads once and takes all replies that are complete.
func (x *exchanger) receive() error {
	if x.cfg.Pause > 0 {
		time.Sleep(x.cfg.Pause)
	}
	n, err := x.Read(x.in)
	if x.turn.wasNudged(err) {
		n, err = x.Read(x.in)
	}
	if n == 0 && !(errors.Is(err, io.EOF) && codec.Once(x.codec)) {
		return err
	}
	return x.take(x.in[:n])
}

// take takes all replies that what was read completes: nothing, at the end of the
// stream.
func (x *exchanger) take(chunk []byte) (err error) {
	now := int64(x.clock.now())
	messages, bytes := x.replies, x.bytes
	switch x.stamps = x.stamps[:0]; {
	case x.stream == nil:
		err = x.takeBytes(chunk)
	case len(chunk) == 0:
		err = x.takeLast()
	default:
		err = x.takeFrames(chunk)
	}
	x.settle(x.replies-messages, x.bytes-bytes, now)
	return err
}

// settle records replies to the oldest messages in flight. What is acknowledged
// is the payload of ack, what comes back that of echo.
func (x *exchanger) settle(messages, bytes, now int64) {
	if messages == 0 {
		return
	}
	x.enter(messages, bytes, now)
	x.done.Store(x.replies)
	// Either the depth had stopped the writer before this, or it looks at done
	// after it.
	if x.gate != nil && x.sent.Load()-(x.replies-messages) >= int64(x.cfg.Depth) {
		x.gate.notify()
	}
}

// enter counts replies and records their latencies.
func (x *exchanger) enter(messages, bytes, now int64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for i := range messages {
		s := x.flight.take()
		t := timing{response: now - s.due, service: now - s.sent, lag: s.lag}
		if len(x.stamps) > 0 {
			t.up, t.down = x.oneWay(int(i), s.sent, now)
		}
		x.record.record(t)
	}
	add(&x.count.messages, messages)
	add(&x.count.payload, bytes)
	x.settleWire()
}

// settleWire counts the wire bytes of what is answered. The caller has the
// worker's lock.
func (x *exchanger) settleWire() {
	switch {
	case x.up:
		x.count.wire.Store(x.upWire.acknowledged(x.bytes))
	case x.stream != nil:
		x.consumed(x.stream.Buffered())
	default:
		x.consumed(x.partial)
	}
}

func (x *exchanger) takeFrames(chunk []byte) error {
	for frame, err := range x.stream.Feed(chunk) {
		if err != nil || !x.reply(frame) {
			if x.replies == 0 && (err != nil || x.refused != nil) && x.isLastWord(chunk) {
				return x.refused
			}
			return cmp.Or(err, x.refused)
		}
		if err := x.completed(); err != nil {
			return err
		}
	}
	return nil
}

// takeLast takes the message that the end of the stream completes.
func (x *exchanger) takeLast() error {
	frame, err := x.stream.Close()
	if err != nil || len(frame) == 0 {
		return cmp.Or(err, io.EOF) // a server that died says nothing, too
	}
	if !x.reply(frame) {
		return x.refused
	}
	return x.completed()
}

// takeBytes tells replies apart by their size.
func (x *exchanger) takeBytes(b []byte) error {
	for len(b) > 0 {
		size := x.cfg.sizes.at(x.replies)
		piece := b[:min(len(b), size-x.partial)]
		if !x.replyPart(piece) {
			return x.refused
		}
		b = b[len(piece):]
		if x.partial += len(piece); x.partial == size {
			x.partial = 0
			if err := x.completed(); err != nil {
				return err
			}
		}
	}
	return nil
}

// completed counts a reply to the oldest message in flight.
func (x *exchanger) completed() error {
	if x.replies == x.sent.Load() {
		return fmt.Errorf("a reply to nothing that was sent, after %d replies", x.replies)
	}
	x.bytes += int64(x.cfg.sizes.at(x.replies))
	x.replies++
	return nil
}
