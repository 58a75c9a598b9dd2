package client

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// moving is held while a socket comes to rest: that takes a descriptor more, and
// there may not be one for each of ten thousand.
var moving sync.Mutex

// link is a connection that a loop can have. Go's poller and a loop would both be
// told of each reply, and both cost their part of it. So the socket is with the
// poller only while somebody needs it there, to wait, and comes back when that is
// so. What a net.Conn has it does not give away, so it comes to rest as a duplicate;
// its way back to the poller needs none.
//
//	net.Conn --take--> at rest --visit--> loop --leave--> at rest --home--> os.File
//
// While the worker uses it, any goroutine may set its deadline and ask about its
// socket, and nothing else.
type link struct {
	local, remote net.Addr
	loop          *loop        // of this run; nil: none
	left          chan parting // from the loop

	mu       sync.Mutex
	polled   polled     // nil: the poller has nothing to do with it
	fd       int        // then; -1: closed
	away     *exchanger // the visitor of the loop
	deadline time.Time  // the last that was set
}

// polled is what a net.Conn and an os.File have in common.
type polled interface {
	io.ReadWriteCloser
	syscall.Conn
	SetDeadline(time.Time) error
	SetReadDeadline(time.Time) error
	SetWriteDeadline(time.Time) error
}

// newLink returns nil for a connection that is no socket of the system's.
func newLink(nc net.Conn) *link {
	p, ok := nc.(polled)
	if !ok {
		return nil
	}
	return &link{local: nc.LocalAddr(), remote: nc.RemoteAddr(), left: make(chan parting, 1), polled: p, fd: -1}
}

// take brings the socket to rest, and stores its descriptor. It is false where
// there is no loop for it, a deadline is to be kept, or no descriptor is left.
func (l *link) take(fd *int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.loop == nil || !l.deadline.IsZero() {
		return false
	}
	if l.polled != nil && !l.rest() {
		return false
	}
	*fd = l.fd
	return l.fd >= 0
}

// rest takes the socket from the poller. The caller has the lock.
func (l *link) rest() bool {
	moving.Lock()
	defer moving.Unlock()
	fd, err := -1, error(nil)
	if l.ask(func(own uintptr) { fd, err = unix.FcntlInt(own, unix.F_DUPFD_CLOEXEC, 0) }) != nil || err != nil {
		return false
	}
	l.polled.Close()
	l.polled, l.fd = nil, fd
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
func (l *link) home() (polled, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.polled != nil:
		return l.polled, nil
	case l.fd < 0:
		return nil, net.ErrClosed
	}
	f := os.NewFile(uintptr(l.fd), l.remote.String())
	l.polled, l.fd = f, -1
	return f, f.SetDeadline(l.deadline)
}

// SetDeadline lets a visitor of the loop leave, and the connection be read and
// written until then.
func (l *link) SetDeadline(t time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.deadline = t // for when it comes home
	switch {
	case l.polled != nil:
		return l.polled.SetDeadline(t)
	case l.away != nil && !t.IsZero():
		l.loop.recall(l.away)
	}
	return nil
}

func (l *link) SetReadDeadline(t time.Time) error {
	p, err := l.home()
	if err != nil {
		return err
	}
	return p.SetReadDeadline(t)
}

func (l *link) SetWriteDeadline(t time.Time) error {
	p, err := l.home()
	if err != nil {
		return err
	}
	return p.SetWriteDeadline(t)
}

func (l *link) Read(b []byte) (n int, err error) {
	p, err := l.home()
	if err == nil {
		n, err = p.Read(b)
	}
	return n, l.told("read", err)
}

func (l *link) Write(b []byte) (n int, err error) {
	p, err := l.home()
	if err == nil {
		n, err = p.Write(b)
	}
	return n, l.told("write", err)
}

// told returns what a net.Conn would say where a file has said err.
func (l *link) told(call string, err error) error {
	var of *os.PathError
	if errors.As(err, &of) {
		return opError(l, call, of.Err)
	}
	return err
}

func (l *link) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.polled == nil && l.fd < 0 {
		return net.ErrClosed
	}
	if l.polled == nil {
		fd := l.fd
		l.fd = -1
		return os.NewSyscallError("close", unix.Close(fd))
	}
	p := l.polled
	l.polled = nil
	return p.Close()
}

func (l *link) LocalAddr() net.Addr  { return l.local }
func (l *link) RemoteAddr() net.Addr { return l.remote }

// SyscallConn returns what asks about the socket wherever it is, and does no more.
func (l *link) SyscallConn() (syscall.RawConn, error) { return asker{l}, nil }

// ask calls f with the socket. The caller has the lock.
func (l *link) ask(f func(fd uintptr)) error {
	switch {
	case l.polled != nil:
		rc, err := l.polled.SyscallConn()
		if err != nil {
			return err
		}
		return rc.Control(f)
	case l.fd < 0:
		return net.ErrClosed
	}
	f(uintptr(l.fd))
	return nil
}

type asker struct{ l *link }

func (a asker) Control(f func(fd uintptr)) error {
	a.l.mu.Lock()
	defer a.l.mu.Unlock()
	return a.l.ask(f)
}

func (asker) Read(func(uintptr) bool) error  { return errors.ErrUnsupported }
func (asker) Write(func(uintptr) bool) error { return errors.ErrUnsupported }
