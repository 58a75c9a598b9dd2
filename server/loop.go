package server

import (
	"errors"
	"io"
	"time"

	"github.com/panjf2000/gnet/v2"
	"golang.org/x/sys/unix"
)

// loop is the gnet side of one listener: all that touches gnet's connections
// and buffers is in this file. Its On methods run on gnet's loop goroutines.
//
// gnet's traps that shape it (v2.10.0): Next, Peek and Discard of 0 or less mean
// everything; the chunk is the loop's own buffer and valid until OnTraffic
// returns; output left to gnet grows without bound and is lost at close; the
// peer's half-close arrives as OnClose(io.EOF) with the socket still writable;
// a panic ends the process.
type loop struct {
	gnet.BuiltinEventEngine
	lis    *listener
	engine gnet.Engine
	booted chan error // receives once, from OnBoot
}

func (l *loop) OnBoot(e gnet.Engine) gnet.Action {
	l.engine = e
	err := l.lis.bound(e.Dup)
	l.booted <- err
	if err != nil {
		return gnet.Shutdown
	}
	return gnet.None
}

// OnShutdown is called before the loops stop, whatever stops them: from here on
// no connection may come back.
func (l *loop) OnShutdown(gnet.Engine) {
	s := l.lis.srv
	s.giving.Lock()
	defer s.giving.Unlock()
	l.lis.ending = true
}

// OnOpen is called for a new connection, and for one that comes back from the
// lane with its conn as context.
func (l *loop) OnOpen(g gnet.Conn) ([]byte, gnet.Action) {
	if c, ok := g.Context().(*conn); ok {
		c.handed, c.wakeAt, c.lastData = false, time.Time{}, time.Time{}
		c.back.Store(true)
		c.local = l.lis.localOf(g.EventLoop())
		c.settle()
		l.waitQuiet(g, c)
		return nil, gnet.None
	}
	if line := l.lis.srv.admit(g.Fd()); line != "" {
		_, _ = rawWrite(g.Fd(), []byte(line))
		return nil, gnet.Close
	}
	c := newConn(l.lis)
	c.local, c.peer = l.lis.localOf(g.EventLoop()), g.RemoteAddr()
	c.settle()
	c.logAccepted(c.peer)
	g.SetContext(c)
	if l.lis.opens && !l.lis.auto {
		return nil, l.speak(g, c)
	}
	return nil, gnet.None
}

// speak lets a handler begin that does not wait for the peer.
func (l *loop) speak(g gnet.Conn, c *conn) (action gnet.Action) {
	defer func() {
		if c.guard(recover()) {
			action = gnet.Close
		}
	}()
	if err := c.start(); err != nil {
		c.refuse(err)
	}
	action, _ = l.write(g, c)
	return action
}

// OnTraffic is called with a chunk, and without one when a timer of waitQuiet
// has woken the connection.
func (l *loop) OnTraffic(g gnet.Conn) (action gnet.Action) {
	c, ok := g.Context().(*conn)
	if !ok {
		return gnet.Close
	}
	begin := c.local.turns.begin()
	defer func() {
		c.local.turns.end(begin)
		if c.guard(recover()) {
			action = gnet.Close
		}
	}()
	n := g.InboundBuffered()
	if n == 0 {
		return l.awake(g, c)
	}
	if c.phase == lingering {
		_, _ = g.Discard(n)
		return gnet.None
	}
	chunk, _ := g.Next(n)
	c.countRead(n)
	more := c.take(chunk)
	for round := 1; ; round++ {
		if action, done := l.write(g, c); !done {
			return action
		}
		if !more {
			break
		}
		if round == turnRounds {
			c.handed = true
			return gnet.Close
		}
		more = c.take(nil)
	}
	l.waitQuiet(g, c)
	return gnet.None
}

// turnRounds is how often a connection may fill the gathering buffer before it
// must leave the loop to others: a peer that reads fast and asks in small
// pieces would else be served without end.
const turnRounds = 2

// write sends what gathered with one system call. It is not done when the
// connection is to be closed, shut down, or moved to the lane because something
// is left.
func (l *loop) write(g gnet.Conn, c *conn) (action gnet.Action, done bool) {
	c.countFrames()
	r := &c.r
	if out := r.unsent(); len(out) > 0 {
		n, err := rawWrite(g.Fd(), out)
		if n > 0 {
			c.countWrite(n)
		}
		if err != nil {
			c.because(err.Error())
			return gnet.Close, false
		}
		r.gone(n)
	}
	switch {
	case r.owes():
		c.handed = true
		return gnet.Close, false
	case !r.closing:
		return gnet.None, true
	case c.ended:
		return gnet.Close, false
	}
	return l.linger(g, c), false
}

// lingerTime is how long a connection that we close waits for the peer to take
// what was sent. Closing with unread input would make the kernel reset the
// connection and destroy that.
const lingerTime = time.Second

func (l *loop) linger(g gnet.Conn, c *conn) gnet.Action {
	if unix.Shutdown(g.Fd(), unix.SHUT_WR) != nil {
		return gnet.Close
	}
	c.phase = lingering
	time.AfterFunc(lingerTime, func() { _ = g.Close() }) // of a closed connection: does nothing
	return gnet.None
}

// waitQuiet starts a timer if silence will mean something.
func (l *loop) waitQuiet(g gnet.Conn, c *conn) {
	patience := c.patience()
	if patience == 0 {
		c.lastData = time.Time{}
		return
	}
	// A preface has its time from the first byte on, a message from the last.
	if c.phase != opening || c.lastData.IsZero() {
		c.lastData = time.Now()
	}
	l.wakeBy(g, c, c.lastData.Add(patience))
}

// wakeBy starts a timer that wakes the connection, unless one fires earlier.
// Timers are not stopped: a wake-up without a reason does nothing.
func (l *loop) wakeBy(g gnet.Conn, c *conn, due time.Time) {
	if c.wakeAt.IsZero() || due.Before(c.wakeAt) {
		c.wakeAt = due
		time.AfterFunc(time.Until(due), func() { _ = g.Wake(nil) })
	}
}

// awake is a wake-up by a timer: the peer was silent, or the timer is old.
func (l *loop) awake(g gnet.Conn, c *conn) gnet.Action {
	c.wakeAt = time.Time{}
	patience := c.patience()
	if patience == 0 {
		return gnet.None
	}
	if due := c.lastData.Add(patience); time.Now().Before(due) {
		l.wakeBy(g, c, due)
		return gnet.None
	}
	c.silence()
	action, _ := l.write(g, c)
	return action
}

// OnClose is called with the descriptor still open: for a connection on its
// way to the lane, at the peer's half-close, and at the end.
func (l *loop) OnClose(g gnet.Conn, err error) gnet.Action {
	c, ok := g.Context().(*conn)
	if !ok {
		return gnet.None // refused in OnOpen
	}
	if !c.handed && errors.Is(err, io.EOF) && c.phase != lingering {
		l.lastWords(g, c)
	}
	if c.handed {
		c.local = nil
		c.settle()
		if fd, err := g.Dup(); err == nil {
			l.lis.srv.toLane(g.EventLoop(), fd, c)
			return gnet.None
		} else {
			l.lis.srv.log.Warn("connection lost on its way to the lane", "error", err)
		}
	}
	c.gone(err)
	return gnet.None
}

// lastWords answers what the peer's half-close has completed. What does not
// fit sets handed; the rest of write's verdict is moot.
func (l *loop) lastWords(g gnet.Conn, c *conn) {
	defer func() { c.guard(recover()) }()
	c.finish()
	if c.r.owes() {
		_, _ = l.write(g, c)
	}
}
