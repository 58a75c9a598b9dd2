package client

import (
	"errors"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/loadframe/loadframe/internal/nowait"
	"github.com/loadframe/loadframe/internal/prefetch"
)

// turn writes a request and reads the first of what answers it, with a system
// call less than Write and Read of a [net.Conn] make.
//
// Read of a net.Conn looks first and waits then, and what it finds so soon after
// a Write is nothing: a third of a round trip's system calls, and 5 % of the
// client's time at 50 connections of one request each. RawConn's Read makes the
// poller forget what it has seen, calls step, and waits if that says so. A
// request that step writes is answered after that for sure, and so the poller
// will see the answer without our looking for it.
//
// It may be used only where nothing is owed to us. What came unasked before, a
// server's last word or the end of the stream, is among what the poller forgets,
// and it does not tell twice. Nearly always the write then fails or is answered
// with a reset, which wakes us up. Where not, with a server that has shut down
// its direction and goes on reading, the run's ticker does, by a nudge: see
// ticker.expireStalled.
//
// It is for one goroutine, but for nudge.
type turn struct {
	nc     net.Conn
	raw    syscall.RawConn
	step   func(fd uintptr) bool // t.once; a closure for each turn would be garbage
	out    []byte
	in     []byte
	asked  bool
	wrote  int
	read   int
	err    error // of a system call
	nudged atomic.Bool
	soon   [4]lines // what the caller will touch next: it comes while the system call is made

	mu   sync.Mutex // of nudge and end
	over bool
}

// lines are n lines of 64 bytes.
type lines struct {
	from unsafe.Pointer
	n    int
}

// newTurn returns nil for a connection that is no socket of the system's.
func newTurn(nc net.Conn) *turn {
	sc, ok := nc.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return nil
	}
	t := &turn{nc: nc, raw: raw}
	t.step = t.once
	return t
}

// take writes out, waits, and reads up to len(in) bytes, with one call each. If
// read is unread, it has not waited to the end, and the caller is to go on with
// what is left of out, and to read.
func (t *turn) take(out, in []byte) (wrote, read int, err error) {
	t.out, t.in, t.asked, t.wrote, t.read, t.err = out, in, false, 0, unread, nil
	switch err = t.raw.Read(t.step); {
	case err == nil:
		err = t.err
	case t.wasNudged(err):
		err = nil
	default:
		var op *net.OpError
		if errors.As(err, &op) {
			err = opError(t.nc, "read", op.Err) // not "raw-read"
		}
	}
	return t.wrote, t.read, err
}

// once writes when it is called first, and reads whenever it is called again. It
// returns false to wait. What there is no room for now cannot be waited for here.
func (t *turn) once(fd uintptr) (done bool) {
	if !t.asked {
		t.asked = true
		n, err := nowait.Write(int(fd), t.out)
		t.wrote = n
		if err != nil && err != unix.EAGAIN {
			t.err = opError(t.nc, "write", err)
		}
		return t.wrote < len(t.out)
	}
	for _, s := range t.soon {
		prefetch.Lines(s.from, s.n)
	}
	n, err := nowait.Read(int(fd), t.in)
	switch {
	case err == unix.EAGAIN:
		return false
	case err != nil:
		t.err = opError(t.nc, "read", err)
	}
	t.read = n
	return true
}

// opError returns what a connection would say of a system call that failed.
func opError(nc net.Conn, call string, err error) error {
	if errno, ok := err.(syscall.Errno); ok {
		err = os.NewSyscallError(call, errno)
	}
	return &net.OpError{Op: call, Net: nc.LocalAddr().Network(), Source: nc.LocalAddr(), Addr: nc.RemoteAddr(), Err: err}
}

// nudge makes a turn, and else the next read, look at the socket. Any goroutine
// may call it.
func (t *turn) nudge() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.over {
		return
	}
	t.nudged.Store(true)
	_ = t.nc.SetReadDeadline(time.Unix(1, 0))
}

// end is called before a deadline that is to be kept: no nudge follows.
func (t *turn) end() {
	if t == nil {
		return
	}
	t.mu.Lock()
	t.over = true
	t.mu.Unlock()
}

// wasNudged tells whether err is but a nudge, and then takes it back. If the run
// has ended the connection meanwhile, the next tick will say so again.
func (t *turn) wasNudged(err error) bool {
	return err != nil && t != nil && errors.Is(err, os.ErrDeadlineExceeded) && t.nudged.CompareAndSwap(true, false) && t.nc.SetReadDeadline(time.Time{}) == nil
}
