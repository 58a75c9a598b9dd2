package server

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/panjf2000/gnet/v2"
	"golang.org/x/sys/unix"

	"github.com/loadframe/loadframe/internal/prefetch"
)

// loop is the gnet side of the server: all that touches gnet's connections and
// buffers is in this file. Its On methods run on gnet's loop goroutines.
//
// The engine is what gnet calls a client: event loops without a listening
// socket, which take the connections that accept.go gives them.
//
// gnet's traps that shape it (v2.10.0): Next, Peek and Discard of 0 or less mean
// everything; the chunk is the loop's own buffer and valid until OnTraffic
// returns; output left to gnet grows without bound and is lost at close; the
// peer's half-close arrives as OnClose(io.EOF) with the socket still writable;
// a panic ends the process.
type loop struct {
	gnet.BuiltinEventEngine
	srv    *Server
	client *gnet.Client     // nil: not started
	events []gnet.EventLoop // all of them
	turn   atomic.Uint32    // whose turn it is to get a connection
	locals sync.Map         // gnet.EventLoop -> *loopLocal
}

// OnOpen is called for a connection that adopt or readopt brings.
func (l *loop) OnOpen(g gnet.Conn) ([]byte, gnet.Action) {
	c, ok := g.Context().(*conn)
	if !ok {
		if met, ok := g.Context().(hello); ok {
			met <- g.EventLoop()
		}
		return nil, gnet.None
	}
	c.handed, c.wakeAt, c.waits = false, time.Time{}, false
	c.local = l.localOf(g.EventLoop())
	c.settle()
	if l.srv.limits.IdleTimeout > 0 {
		c.looks = 0
		c.local.enter(opened{g: g, c: c})
	}
	if c.opens.Add(1) == 1 {
		c.peer = g.RemoteAddr()
		c.logAccepted(c.peer)
		if c.lis.opens && !c.lis.auto {
			return nil, l.speak(g, c)
		}
		if c.tooFast() { // others of its address have been: a new one each time is not to be faster
			c.handed = true
			return nil, gnet.Close
		}
	}
	l.waitQuiet(g, c)
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
	if c.tooFast() {
		c.handed = true
		return gnet.Close
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
	prefetch.Lines(unsafe.Pointer(c), hotLines)
	begin := c.local.turns.begin()
	c.local.ahead.meets(c, g, c.local.turns.seen, c.local.crowd.many)
	c.local.crowd.meets(c, c.local.turns.seen)
	prefetch.Value(c.stream.Decoder()) // what c leads to, now that c is here
	if c.log != nil {
		prefetch.Lines(unsafe.Pointer(c.log), 2)
	}
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
	if c.tooFast() {
		c.handed = true
		return gnet.Close
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
	r := &c.r
	r.sayEnd()
	if out := r.unsent(); len(out) > 0 {
		n, err := c.writeCounted(g.Fd(), out)
		if err != nil {
			c.because(err.Error())
			return gnet.Close, false
		}
		r.gone(n)
	} else {
		c.count(0)
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

// writeCounted writes what the socket takes now, under the lock of the counts: who
// has read it, and asks for them, finds it counted.
func (c *conn) writeCounted(fd int, out []byte) (n int, err error) {
	t := c.traffics()
	t.mu.Lock()
	c.countFrames()
	if n, err = rawWrite(fd, out); n > 0 {
		c.countWrite(n)
	}
	t.mu.Unlock()
	return n, err
}

// lingerTime is how long a connection that we close waits for the peer to take
// what was sent. Closing with unread input would make the kernel reset the
// connection and destroy that.
const lingerTime = time.Second

func (l *loop) linger(g gnet.Conn, c *conn) gnet.Action {
	if c.rates != nil { // what is thrown away has its rate too
		c.handed = true
		return gnet.Close
	}
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
		c.waits = false
		return
	}
	// A preface has its time from the first byte on, a message from the last.
	if c.phase != opening || !c.waits {
		c.lastData, c.waits = time.Now(), true
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
		return gnet.None
	}
	if !c.handed && errors.Is(err, io.EOF) && c.phase != lingering {
		l.lastWords(g, c)
	}
	if err == nil && l.srv.stopping() {
		l.farewell(g, c)
	}
	if l.srv.limits.IdleTimeout > 0 {
		c.local.leave(c)
	}
	if c.handed {
		c.local = nil
		c.settle()
		if fd, err := g.Dup(); err == nil {
			l.srv.toLane(g.EventLoop(), fd, c)
			return gnet.None
		} else {
			l.srv.log.Warn("connection lost on its way to the lane", "error", err)
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

// farewell writes what the framing owes before the server ends, which would
// else be a truncation.
func (l *loop) farewell(g gnet.Conn, c *conn) {
	if c.handed || c.phase != serving {
		return
	}
	c.r.Close()
	if c.r.sayEnd(); len(c.r.unsent()) > 0 {
		c.because("server stopped")
		_, _ = l.write(g, c)
	}
}
