package client

import (
	"io"
	"net"
	"os"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/loadframe/loadframe/internal/nowait"
)

// parting is why an exchanger left the loop; the zero value: it is to go on by
// itself.
type parting struct {
	done bool   // the bound is reached, or verification has failed
	err  error  // what the drive ends with
	rest []byte // of a write that did not fit, or failed
	fail error  // that failure
}

// inLoop lets a loop exchange for x. over is false if x is to go on by itself:
// nothing is lost then.
func (x *exchanger) inLoop(l *link) (over bool, err error) {
	fd, ok := l.take()
	if !ok {
		return false, nil
	}
	x.fd = fd
	p := l.visit(x)
	if p.fail == nil && len(p.rest) > 0 {
		p.fail = x.write(p.rest)
	}
	if p.fail != nil {
		return true, x.lastWords(p.fail)
	}
	if over = p.done || p.err != nil; !over {
		x.in = make([]byte, x.cfg.readSize(x.codec))
	}
	return over, p.err
}

// ask sends what x is allowed to, with a call for each batch. It returns whether
// replies are to be waited for here.
func (l *loop) ask(x *exchanger) (p parting, stays bool) {
	for n, _ := x.allowed(); n > 0; n, _ = x.allowed() {
		var err error
		if l.out, err = x.compose(l.out[:0], n); err != nil {
			return parting{fail: err}, false
		}
		n, err := nowait.Write(x.fd, l.out)
		if n > 0 || err == nil {
			x.wrote(n)
		}
		if n < len(l.out) {
			p := parting{rest: slices.Clone(l.out[n:])}
			if err != nil && err != unix.EAGAIN {
				p.fail = opError(x.session.nc, "write", err)
			}
			return p, false
		}
	}
	done := x.sent.Load() == x.replies
	return parting{done: done}, !done
}

// goesOn reads what has come, takes the replies, and sends what they allow. It
// returns false when x is to leave the loop. last is whether the stream may have
// ended.
func (l *loop) goesOn(x *exchanger, last bool) (p parting, stays bool) {
	for {
		n, err := nowait.Read(x.fd, l.in)
		switch {
		case err == unix.EAGAIN:
			return parting{}, true
		case err != nil:
			return parting{err: opError(x.session.nc, "read", err)}, false
		case n == 0:
			return parting{err: io.EOF}, false
		}
		x.took(n)
		if err = x.take(l.in[:n]); err != nil || x.bad != nil {
			return parting{done: true, err: err}, false
		}
		if p, stays := l.ask(x); !stays {
			return p, stays
		}
		if n < len(l.in) && !last {
			return parting{}, true
		}
	}
}

// opError returns what a net.Conn says of a system call that failed.
func opError(nc net.Conn, call string, err error) error {
	return &net.OpError{Op: call, Net: nc.LocalAddr().Network(), Source: nc.LocalAddr(), Addr: nc.RemoteAddr(), Err: os.NewSyscallError(call, err)}
}
