package client

import (
	"errors"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// moving is held while a socket changes hands: that takes a descriptor more, and
// there may not be one for each of ten thousand.
var moving sync.Mutex

// link is a connection that a loop can have: a net.Conn whose socket is with Go's
// poller while that is needed, and with nobody or a loop otherwise. Both at a time
// would be told of each reply, and cost each of them. It changes hands by a
// duplicate of the descriptor, since what a net.Conn has it does not give away.
type link struct {
	loops         *loops
	loop          *loop
	left          chan parting
	local, remote net.Addr
	nagle         bool

	mu       sync.Mutex
	nc       net.Conn   // nil: Go's poller does not know of it
	fd       int        // then; -1: closed
	away     *exchanger // whom the loop has
	deadline time.Time  // the last that was set
}

func newLink(nc net.Conn) *link {
	l := &link{left: make(chan parting, 1), local: nc.LocalAddr(), remote: nc.RemoteAddr(), nc: nc, fd: -1}
	control(nc, func(fd int) {
		if v, err := unix.GetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY); err == nil {
			l.nagle = v == 0
		}
	})
	return l
}

// take returns the socket, of which Go's poller knows nothing any more; false if
// it does not part with it, or a deadline is set.
func (l *link) take() (fd int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.loops == nil || !l.deadline.IsZero():
		return -1, false
	case l.nc == nil:
		return l.fd, true
	}
	moving.Lock()
	defer moving.Unlock()
	fd = -1
	control(l.nc, func(old int) {
		if n, err := unix.FcntlInt(uintptr(old), unix.F_DUPFD_CLOEXEC, 0); err == nil {
			fd = n
		}
	})
	if fd < 0 {
		return -1, false
	}
	l.nc.Close()
	l.nc, l.fd = nil, fd
	return fd, true
}

// visit lets the loop have x, whose connection l is, and returns when it does not
// any more.
func (l *link) visit(x *exchanger) (p parting) {
	if l.enter(x) {
		p = <-l.left
		l.mu.Lock()
		l.away = nil
		l.mu.Unlock()
	}
	return p
}

func (l *link) enter(x *exchanger) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.deadline.IsZero() {
		return false
	}
	l.away = x
	l.loop.let(x)
	return true
}

// conn returns the socket as a connection of Go's poller.
func (l *link) conn() (net.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.home()
}

// home brings the socket back to Go's poller. The caller has the lock.
func (l *link) home() (net.Conn, error) {
	switch {
	case l.nc != nil:
		return l.nc, nil
	case l.fd < 0:
		return nil, net.ErrClosed
	}
	moving.Lock()
	defer moving.Unlock()
	f := os.NewFile(uintptr(l.fd), "connection")
	nc, err := net.FileConn(f)
	f.Close()
	if l.fd = -1; err != nil {
		return nil, err
	}
	l.nc = nc
	if tcp, ok := nc.(*net.TCPConn); ok && l.nagle {
		_ = tcp.SetNoDelay(false)
	}
	return nc, nc.SetDeadline(l.deadline)
}

func (l *link) SetDeadline(t time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.deadline = t
	switch {
	case l.nc != nil:
		return l.nc.SetDeadline(t)
	case l.away != nil && !t.IsZero():
		l.loop.recall(l.away)
	}
	return nil // home sets it
}

func (l *link) SetReadDeadline(t time.Time) error {
	nc, err := l.conn()
	if err != nil {
		return err
	}
	return nc.SetReadDeadline(t)
}

func (l *link) SetWriteDeadline(t time.Time) error {
	nc, err := l.conn()
	if err != nil {
		return err
	}
	return nc.SetWriteDeadline(t)
}

func (l *link) Read(b []byte) (int, error) {
	nc, err := l.conn()
	if err != nil {
		return 0, err
	}
	return nc.Read(b)
}

func (l *link) Write(b []byte) (int, error) {
	nc, err := l.conn()
	if err != nil {
		return 0, err
	}
	return nc.Write(b)
}

func (l *link) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.nc != nil {
		return l.nc.Close()
	}
	if l.fd < 0 {
		return net.ErrClosed
	}
	fd := l.fd
	l.fd = -1
	return os.NewSyscallError("close", unix.Close(fd))
}

func (l *link) LocalAddr() net.Addr  { return l.local }
func (l *link) RemoteAddr() net.Addr { return l.remote }

// SyscallConn returns what can ask about the socket wherever it is.
func (l *link) SyscallConn() (syscall.RawConn, error) { return linkControl{l}, nil }

// linkControl is a RawConn for control alone.
type linkControl struct{ l *link }

func (c linkControl) Control(f func(fd uintptr)) error {
	c.l.mu.Lock()
	defer c.l.mu.Unlock()
	switch {
	case c.l.nc != nil:
		if !control(c.l.nc, func(fd int) { f(uintptr(fd)) }) {
			return net.ErrClosed
		}
	case c.l.fd < 0:
		return net.ErrClosed
	default:
		f(uintptr(c.l.fd))
	}
	return nil
}

func (linkControl) Read(func(uintptr) bool) error  { return errors.ErrUnsupported }
func (linkControl) Write(func(uintptr) bool) error { return errors.ErrUnsupported }
