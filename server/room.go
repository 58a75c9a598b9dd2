package server

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// room decides whether there is room for one more connection. It keeps some
// descriptors free: an accept that fails for want of one ends a gnet engine
// (acceptor_unix.go:42), and moving to the lane takes one more for a moment.
type room struct {
	conns int // greatest number of connections; 0: no limit of its own
	fds   int // descriptors from this number on are for others; 0: unknown
	limit int // of descriptors, for the message
}

// spareDescriptors stay free, or a quarter of a small limit: for lanes on the
// move, and for a burst of connections, which gnet accepts to the end before the
// first of them can be refused. The backlog bounds a burst to half of them.
const spareDescriptors = 2048

func newRoom(maxConns int) room {
	r := room{conns: maxConns}
	var lim unix.Rlimit
	// Go has raised the soft limit to the hard one when the process started.
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &lim) == nil && lim.Cur < 1<<30 {
		r.limit = int(lim.Cur)
		r.fds = r.limit - min(spareDescriptors, r.limit/4)
	}
	return r
}

// backlog is how many connections may wait to be accepted; 0: no matter.
func (r room) backlog() int { return (r.limit - r.fds) / 2 }

// refuse returns why a connection cannot stay, "" if it can; it is one of conns
// already. New descriptors
// have the lowest free number, so the number tells how near the limit is,
// whoever in the process holds the others.
func (r room) refuse(fd, conns int) string {
	switch {
	case r.conns > 0 && conns > r.conns:
		return fmt.Sprintf("too many connections: limit %d", r.conns)
	case r.fds > 0 && fd >= r.fds:
		return fmt.Sprintf("too few descriptors: limit %d, of which %d are kept free", r.limit, r.limit-r.fds)
	}
	return ""
}
