package server

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/panjf2000/gnet/v2"
	"github.com/valyala/bytebufferpool"
)

const (
	// laneWrite is about how many bytes one system call is given. Measured on
	// loopback: 4 MiB is faster than 1 MiB by 5 to 10 %, and more gains nothing.
	laneWrite = 4 << 20

	// laneRead is the chunk of a connection on the lane. It is the loop's, so
	// that a frame over copyLimit never lies within one chunk, and what a body
	// holds is the stream's.
	laneRead = 64 << 10

	// laneIdle is how long the lane waits for the next request before it gives
	// the connection back: moving costs some 35 µs, waiting a buffer.
	laneIdle = 100 * time.Millisecond
)

var chunks bytebufferpool.Pool

// lane is the goroutine that owns a connection which cannot be served on the
// loop at once: it writes what is owed, blocking, then goes on serving until
// the connection is idle and returns to its loop.
type lane struct {
	srv    *Server
	events gnet.EventLoop
	nc     net.Conn
	c      *conn
	vec    [][]byte    // reused by flush
	bufs   net.Buffers // vec, as WriteTo consumes it
	chunk  *bytebufferpool.ByteBuffer
	haste  haste
	raw    syscall.RawConn // of nc, for until

	borrows bool // content goes out as pages of a file in memory
}

// toLane starts the lane of a connection whose descriptor is fd. The caller
// owns neither any more.
func (s *Server) toLane(events gnet.EventLoop, fd int, c *conn) {
	s.stats.LaneMoves.Add(1)
	f := os.NewFile(uintptr(fd), "lane")
	nc, err := net.FileConn(f)
	f.Close()
	if err != nil || !s.enterLane(nc) {
		if err != nil {
			s.log.Warn("connection lost on its way to the lane", "error", err)
		} else {
			nc.Close()
		}
		c.gone(err)
		return
	}
	go (&lane{srv: s, events: events, nc: nc, c: c, borrows: borrowsPages(nc)}).run()
}

func (l *lane) run() {
	defer l.srv.lanes.Done()
	var err error
	func() {
		defer func() { l.c.guard(recover()) }()
		err = l.serve()
	}()
	back := err == errIdle
	l.dropChunk()
	if r := &l.c.r; l.srv.cutting() && (r.body != nil || len(r.unsent()) > 0) {
		l.srv.logCut(l.nc.RemoteAddr(), r.owed())
	}
	l.dropBody(false)
	// A connection that leaves the registry here is no longer closed by a
	// server that stops, so closing or giving back follows at once.
	if l.srv.exitLane(l.nc); back && l.giveBack() {
		return
	}
	l.nc.Close()
	l.c.gone(err)
}

var (
	errIdle = errors.New("idle")
	errDone = errors.New("done")
)

// serve returns errIdle when the connection can go back to its loop, and any
// other error when it is to be closed.
func (l *lane) serve() error {
	c := l.c
	more := true // frames may be left from the loop
	for {
		if err := l.flush(); err != nil {
			return err
		}
		switch {
		case c.r.closing:
			l.linger()
			return errDone
		case more:
			more = c.take(nil)
			continue
		}
		n, err := l.read()
		switch {
		case n > 0:
			c.countRead(n)
			more = c.take(l.chunk.B[:n])
		case errors.Is(err, os.ErrDeadlineExceeded) && c.patience() > 0:
			c.silence()
		case errors.Is(err, os.ErrDeadlineExceeded) && l.srv.stopping():
			c.because("server stopped")
			c.r.Close() // with linger: the last transfer's tail may still be on its way
		case errors.Is(err, os.ErrDeadlineExceeded):
			return errIdle
		case errors.Is(err, io.EOF):
			c.finish()
		case err != nil:
			return err
		}
	}
}

// read waits for a chunk, no longer than the connection may stay here.
func (l *lane) read() (int, error) {
	wait := laneIdle
	if p := l.c.patience(); p > 0 {
		wait = p
	} else if l.srv.stopping() {
		wait = time.Millisecond // what has arrived is served, nothing is waited for
	}
	if err := l.await(inward, l.srv.stop); err != nil {
		return 0, err
	}
	if err := l.nc.SetReadDeadline(time.Now().Add(wait)); err != nil {
		return 0, err
	}
	return l.nc.Read(l.room()[:l.c.turn(laneRead)])
}

// room returns the buffer for a chunk.
func (l *lane) room() []byte {
	if l.chunk == nil {
		l.chunk = chunks.Get()
		if cap(l.chunk.B) < laneRead {
			l.chunk.B = make([]byte, laneRead)
		}
		l.chunk.B = l.chunk.B[:laneRead]
	}
	return l.chunk.B
}

func (l *lane) dropChunk() {
	if l.chunk != nil {
		chunks.Put(l.chunk)
		l.chunk = nil
	}
}

// giveBack returns the connection to its loop. On false the caller still owns
// it.
func (l *lane) giveBack() bool {
	s := l.srv
	// Each has a second descriptor meanwhile, and there may be thousands.
	s.returning <- struct{}{}
	defer func() { <-s.returning }()
	// Held until the loop has the connection: a loop that stops in between
	// would leave it, and gnet's worker, hanging.
	s.giving.RLock()
	defer s.giving.RUnlock()
	if s.stopping() || l.nc.SetDeadline(time.Time{}) != nil {
		return false
	}
	l.haste.bound(l.nc)
	a, err := s.loop.send(l.events, l.nc, l.c)
	if err == nil {
		err = a.wait()
	}
	if err != nil {
		s.log.Warn("connection lost on its way back to the loop", "error", err)
		return false
	}
	s.stats.GiveBacks.Add(1)
	return true
}
