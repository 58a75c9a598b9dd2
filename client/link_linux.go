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

// link is a connection that a loop can have. Go's poller and a loop would both be
// told of each reply, and both cost their part of it. So the socket is with the
// poller only while somebody needs it there, to wait, and comes back when that is
// so. It changes hands by a duplicate of its descriptor: a net.Conn does not give
// its own away.
//
//	net.Conn --take--> at rest --visit--> loop --leave--> at rest --home--> net.Conn
//
// Any goroutine may set a deadline, ask about the socket, or close it; visit, Read
// and Write are the worker's.
type link struct {
	local, remote net.Addr
	nagle         bool
	loop          *loop        // of this run; nil: none
	left          chan parting // from the loop

	mu       sync.Mutex
	nc       net.Conn   // nil: the poller has nothing to do with it
	fd       int        // then; -1: closed
	away     *exchanger // the visitor of the loop
	deadline time.Time  // the last that was set
}

func newLink(nc net.Conn) *link {
	l := &link{local: nc.LocalAddr(), remote: nc.RemoteAddr(), left: make(chan parting, 1), nc: nc, fd: -1}
	control(nc, func(fd int) {
		nodelay, err := unix.GetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY)
		l.nagle = err == nil && nodelay == 0
	})
	return l
}

// take brings the socket to rest, and stores its descriptor. It is false where
// there is no loop for it, a deadline is to be kept, or no descriptor is left.
func (l *link) take(fd *int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.loop == nil || !l.deadline.IsZero() {
		return false
	}
	if l.nc != nil && !l.rest() {
		return false
	}
	*fd = l.fd
	return l.fd >= 0
}

// rest takes the socket from the poller. The caller has the lock.
func (l *link) rest() bool {
	moving.Lock()
	defer moving.Unlock()
	fd := -1
	control(l.nc, func(own int) {
		if n, err := unix.FcntlInt(uintptr(own), unix.F_DUPFD_CLOEXEC, 0); err == nil {
			fd = n
		}
	})
	if fd < 0 {
		return false
	}
	l.nc.Close()
	l.nc, l.fd = nil, fd
	return true
}

// visit lets the loop have x, whose connection l is, and returns when it has it no
// more.
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
	if !l.deadline.IsZero() { // set since take
		return false
	}
	l.away = x
	l.loop.admit(x)
	return true
}

// home brings the socket back to the poller.
func (l *link) home() (net.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.nc != nil:
		return l.nc, nil
	case l.fd < 0:
		return nil, net.ErrClosed
	}
	moving.Lock()
	defer moving.Unlock()
	f := os.NewFile(uintptr(l.fd), l.local.Network())
	nc, err := net.FileConn(f)
	f.Close()
	if l.fd = -1; err != nil {
		return nil, err
	}
	l.nc = nc
	if tcp, ok := nc.(*net.TCPConn); ok && l.nagle {
		err = tcp.SetNoDelay(false)
	}
	return nc, errors.Join(err, nc.SetDeadline(l.deadline))
}

// SetDeadline lets a visitor of the loop leave, and the connection be read and
// written until then.
func (l *link) SetDeadline(t time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.deadline = t // for when it comes home
	switch {
	case l.nc != nil:
		return l.nc.SetDeadline(t)
	case l.away != nil && !t.IsZero():
		l.loop.recall(l.away)
	}
	return nil
}

func (l *link) SetReadDeadline(t time.Time) error {
	nc, err := l.home()
	if err != nil {
		return err
	}
	return nc.SetReadDeadline(t)
}

func (l *link) SetWriteDeadline(t time.Time) error {
	nc, err := l.home()
	if err != nil {
		return err
	}
	return nc.SetWriteDeadline(t)
}

func (l *link) Read(b []byte) (int, error) {
	nc, err := l.home()
	if err != nil {
		return 0, err
	}
	return nc.Read(b)
}

func (l *link) Write(b []byte) (int, error) {
	nc, err := l.home()
	if err != nil {
		return 0, err
	}
	return nc.Write(b)
}

func (l *link) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.nc != nil:
		return l.nc.Close()
	case l.fd < 0:
		return net.ErrClosed
	}
	fd := l.fd
	l.fd = -1
	return os.NewSyscallError("close", unix.Close(fd))
}

func (l *link) LocalAddr() net.Addr  { return l.local }
func (l *link) RemoteAddr() net.Addr { return l.remote }

// SyscallConn returns what asks about the socket wherever it is, and does no more.
func (l *link) SyscallConn() (syscall.RawConn, error) { return asker{l}, nil }

type asker struct{ l *link }

func (a asker) Control(f func(fd uintptr)) error {
	a.l.mu.Lock()
	defer a.l.mu.Unlock()
	switch {
	case a.l.nc != nil:
		if !control(a.l.nc, func(fd int) { f(uintptr(fd)) }) {
			return net.ErrClosed
		}
	case a.l.fd < 0:
		return net.ErrClosed
	default:
		f(uintptr(a.l.fd))
	}
	return nil
}

func (asker) Read(func(uintptr) bool) error  { return errors.ErrUnsupported }
func (asker) Write(func(uintptr) bool) error { return errors.ErrUnsupported }
