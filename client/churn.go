package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/loadframe/loadframe/codec"
)

// churner makes one connection after the other, asks each one echo and closes
// it. The server closes first (echo:once), so that the ports in TIME_WAIT are
// its own, of which it has one, and not ours, of which there are 28,000.
//
// In an open loop a connection is due, as a message elsewhere; one that is due
// while its place is taken by the one before waits for it, and its response
// time tells.
type churner struct {
	*worker
	bound   int64
	done    int64
	begun   atomic.Int64
	cursor  *Cursor // nil in a closed loop
	free    int64   // since when there is a place for the next, ns since the start
	now     *revolving
	wire    []byte
	in      []byte
	message []byte
	ctx     context.Context
	one     func(stamp) error // makes a connection and asks its echo
}

func resolveChurn(c *Config, cod codec.Codec) error {
	if err := notPaced(c, Churn); err != nil {
		return err
	}
	if !c.delimits && c.Handler == "" {
		c.Handler = "echo" // what the server takes for a message may be a part of ours: we close
	}
	return resolveExchange(c, cod)
}

func newChurner(w *worker) *churner {
	c := &churner{worker: w, bound: w.cfg.messageBound(w.id), in: make([]byte, w.cfg.readSize(w.codec))}
	c.now = &revolving{}
	c.ctx, c.now.cancel = context.WithCancel(context.Background())
	c.one, w.session.nc = c.connect, c.now
	w.record = &recorder{page: w.page}
	w.sent = c.begun.Load
	if w.cfg.schedule != nil {
		c.cursor, w.gate = w.cfg.schedule.Cursor(w.cfg.Seed), newGate()
		w.owed = func() bool { return c.begun.Load() > w.count.messages.Load() || w.gate.due.Load() > c.begun.Load() }
	}
	return c
}

// next returns when the next connection is due, in ns since the start, and waits
// until then; false if there will be none.
func (c *churner) next() (due int64, ok bool) {
	end := c.clock.end
	for c.done < c.bound {
		now := c.clock.now()
		if c.cursor == nil {
			return int64(now), end == 0 || now < end
		}
		closed := c.gate.closed.Load() // before due: it is the last to change
		if c.gate.due.Load() > c.done {
			at, _ := c.cursor.Due(int64(c.id) + c.done*int64(c.cfg.Conns))
			return int64(at), end == 0 || now < end+catchUp
		}
		if closed {
			return 0, false
		}
		<-c.gate.wake
	}
	return 0, false
}

func (c *churner) drive() error {
	for ; ; c.done++ {
		due, ok := c.next()
		if !ok {
			return nil
		}
		began := int64(c.clock.now())
		if c.cursor == nil {
			due = began
		}
		c.begun.Store(c.done + 1)
		if err := c.one(stamp{due, began, began - max(due, c.free)}); err != nil || c.bad != nil {
			return err
		}
		c.now.Close()
		c.free = int64(c.clock.now())
	}
}

// connect makes a connection and asks it.
func (c *churner) connect(at stamp) error {
	s, err := dial(c.ctx, c.cfg, c.codec, c.id)
	if err != nil {
		if errors.Is(err, context.Canceled) {
			err = os.ErrDeadlineExceeded // the run has ended, or we have stalled
		}
		return err
	}
	if !c.now.set(s.nc) {
		return os.ErrDeadlineExceeded
	}
	add(&c.count.connections, 1)
	return c.exchange(at, s.connected)
}

// exchange asks the one echo.
func (c *churner) exchange(s stamp, connected time.Time) (err error) {
	size := c.cfg.sizes.at(c.done)
	if cap(c.message) < size {
		c.message = make([]byte, size)
	}
	c.message = c.message[:size]
	c.content.ReadAt(c.message, c.done*int64(size))
	if c.wire, err = c.codec.Append(c.wire[:0], c.message); err != nil {
		return err
	}
	if err := c.write(c.wire); err != nil {
		return err
	}
	c.shutdown = false
	if codec.Once(c.codec) {
		if err := c.shut(); err != nil {
			return err
		}
	}
	if err := c.reply(size, s, int64(connected.Sub(c.clock.start))); err != nil || c.bad != nil {
		return err
	}
	if c.cfg.Plain || !c.cfg.delimits {
		return nil // that server may well wait for us to close
	}
	// Its end, so that it closes first.
	if n, err := c.Read(c.in); n > 0 {
		c.mismatch(nil, fmt.Errorf("verify: %d bytes more than the reply", n))
	} else if !errors.Is(err, io.EOF) && !errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	return nil
}

// reply takes the echo.
func (c *churner) reply(size int, s stamp, connected int64) error {
	stream, got := codec.NewStream(c.codec), 0
	take := func(b []byte) bool {
		if c.isRefusal(b) {
			return false
		}
		if got+len(b) > size || c.cfg.delimits && len(b) != size {
			return c.mismatch(b, fmt.Errorf("verify: reply %d has %d bytes, expected %d", c.done, got+len(b), size))
		}
		if c.cfg.Verify == VerifyFull && !c.check(c.done*int64(size)+int64(got), b) {
			return false
		}
		got += len(b)
		return true
	}
	for got < size {
		n, err := c.Read(c.in)
		now := int64(c.clock.now())
		if !c.cfg.delimits {
			if n > 0 && !take(c.in[:n]) {
				return c.refused
			}
			n = 0
		}
		for frame, ferr := range stream.Feed(c.in[:n]) {
			if ferr != nil && got == 0 && c.isLastWord(c.in[:n]) {
				return c.refused
			}
			if ferr != nil {
				return ferr
			}
			if !take(frame) {
				return c.refused
			}
		}
		if errors.Is(err, io.EOF) {
			frame, ferr := stream.Close()
			if ferr != nil || len(frame) == 0 && got < size {
				return io.ErrUnexpectedEOF
			}
			if len(frame) > 0 && !take(frame) {
				return c.refused
			}
			if got < size {
				return io.ErrUnexpectedEOF
			}
		} else if err != nil && got < size {
			return err
		}
		if got == size {
			c.mu.Lock()
			c.record.record(timing{response: now - s.due, service: now - s.sent, lag: s.lag, up: connected - s.sent})
			add(&c.count.messages, 1)
			add(&c.count.payload, int64(size))
			c.consumed(0)
			c.mu.Unlock()
		}
	}
	return nil
}
