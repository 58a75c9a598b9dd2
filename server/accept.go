package server

import (
	"errors"
	"net"
	"time"

	"golang.org/x/sys/unix"
)

// Why we accept by ourselves: gnet's acceptor takes a failed accept for the end
// of the engine (acceptor_unix.go:42), with every connection in it, and accepts
// a burst to its end before the first of it can be refused. Here a connection
// is refused before it costs more than a descriptor, and an accept that fails
// is tried again. The price is some six cheap system calls a connection, since
// gnet adopts a duplicate of the descriptor.

// comingMax is how many connections of a server may be on their way to a loop,
// or a quarter of the descriptors that are kept free: each is about to take one.
// Beyond it accepting waits: what cannot be served soon waits in the kernel.
const comingMax = 64

const (
	leastBackoff    = time.Millisecond
	greatestBackoff = 250 * time.Millisecond
)

// accept accepts until the listener is closed.
func (l *listener) accept() {
	backoff := leastBackoff
	for {
		nc, err := l.ln.Accept()
		switch {
		case err == nil:
			backoff = leastBackoff
			l.srv.adopt(l, nc)
			continue
		case errors.Is(err, net.ErrClosed):
			return
		case errors.Is(err, unix.EBADF), errors.Is(err, unix.EINVAL), errors.Is(err, unix.ENOTSOCK):
			l.srv.fail(l, err)
			return
		}
		l.srv.acceptFailed(err)
		// The connection is still in the queue, so without a pause we would spin.
		if (errors.Is(err, unix.EMFILE) || errors.Is(err, unix.ENFILE)) && l.refuseOne() {
			backoff = leastBackoff
			continue
		}
		select {
		case <-time.After(backoff):
			backoff = min(2*backoff, greatestBackoff)
		case <-l.closing:
			return
		}
	}
}

// refuseOne takes a connection with the descriptor that is kept in reserve, to
// tell it the reason instead of letting it wait.
func (l *listener) refuseOne() (refused bool) {
	r := &l.srv.reserve
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.release() {
		return false
	}
	_ = control(l.ln, func(fd int) {
		if nfd, _, err := unix.Accept(fd); err == nil {
			// A new socket takes a line at once.
			_, _ = unix.Write(nfd, []byte("ERR "+l.srv.refused(refusedDescriptors, l.srv.room.noDescriptors())+"\n"))
			unix.Close(nfd)
			refused = true
		}
	})
	r.take()
	return refused
}

// adopt gives a new connection to a loop, or refuses it.
func (s *Server) adopt(l *listener, nc net.Conn) {
	p, why, text := s.admit(nc)
	if text != "" {
		_, _ = nc.Write([]byte("ERR " + s.refused(why, text) + "\n"))
		// The end first: with unread input closing alone is a reset. Not lingering
		// as conn does: a flood of connections is not to hold descriptors.
		if w, ok := nc.(interface{ CloseWrite() error }); ok {
			_ = w.CloseWrite()
		}
		nc.Close()
		return
	}
	s.stats.Accepted.Add(1)
	c := newConn(l)
	if c.from = p; p != nil && p.rate.limit > 0 {
		c.keepTo(&p.rate)
	}
	a, err := s.loop.adopt(nc, c)
	if err != nil {
		nc.Close()
		s.lost(c, err)
		return
	}
	s.coming <- a
}

// meetComing waits for each connection that is on its way to a loop.
func (s *Server) meetComing() {
	for a := range s.coming {
		if err := a.wait(); err != nil {
			s.lost(a.c, err)
		}
	}
}

func (s *Server) lost(c *conn, err error) {
	s.log.Warn("connection lost on its way to a loop", "error", err)
	c.gone(err)
}
