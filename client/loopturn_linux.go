package client

import (
	"io"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/loadframe/loadframe/internal/nowait"
)

// parting is why an exchanger has left the loop. The zero value: it is to go on by
// itself.
type parting struct {
	done   bool // all is done, or verification or err has ended it
	err    error
	rest   []byte // of a write that did not fit, to be written before all else
	failed error  // what ended the writing; the server may have said why
}

// joinLoop makes what the loop's exchangers share x's own, if x is to be in one. It
// tells whether the connection is a link, which takes no turns.
func (x *exchanger) joinLoop() (linked bool) {
	l, linked := x.session.nc.(*link)
	if linked && l.loop != nil {
		x.record, x.mu = &l.loop.record, &l.loop.lock
	}
	return linked
}

// inLoop lets a loop exchange for x, until all is done or something happens that a
// loop has no time for. Unless it is over, x is to go on by itself.
func (x *exchanger) inLoop() (over bool, err error) {
	l, linked := x.session.nc.(*link)
	if !linked {
		return false, nil
	}
	var p parting
	if l.take(&x.fd) {
		p = l.visit(x)
	}
	if p.done {
		return true, p.err
	}
	if x.in == nil {
		x.in = make([]byte, x.cfg.readSize(x.codec))
	}
	if len(p.rest) > 0 {
		p.failed = x.write(p.rest)
	}
	if p.failed != nil {
		return true, x.lastWords(p.failed)
	}
	return false, nil
}

// ask sends what x is allowed to send, with a call for each batch. x stays if it is
// owed something then.
func (l *loop) ask(x *exchanger) (p parting, stays bool) {
	for n, _ := x.allowed(); n > 0; n, _ = x.allowed() {
		var err error
		if l.out, err = x.compose(l.out[:0], n); err != nil {
			return parting{failed: err}, false
		}
		wrote, err := nowait.Write(x.fd, l.out)
		switch {
		case err != nil && err != unix.EAGAIN:
			return parting{failed: opError(x.session.nc, "write", err)}, false
		case wrote > 0:
			x.wrote(wrote)
		}
		if wrote < len(l.out) {
			return parting{rest: slices.Clone(l.out[wrote:])}, false
		}
	}
	if x.sent.Load() == x.replies {
		return parting{done: true}, false
	}
	return parting{}, true
}

// goOnReads is how often a connection is read before it is the others' turn: a peer
// may send without end, and no reply be among it.
const goOnReads = 4

// goOn reads what has come, takes the replies, and sends what they allow. ends is
// whether the stream may have ended behind that.
func (l *loop) goOn(x *exchanger, ends bool) (p parting, stays bool) {
	for range goOnReads {
		n, err := nowait.Read(x.fd, l.in)
		switch {
		case err == unix.EAGAIN:
			return parting{}, true
		case err != nil:
			return parting{done: true, err: opError(x.session.nc, "read", err)}, false
		case n == 0:
			return parting{done: true, err: io.EOF}, false
		}
		x.took(n)
		if err := x.take(l.in[:n]); err != nil || x.bad != nil {
			return parting{done: true, err: err}, false
		}
		if p, stays := l.ask(x); !stays || n < len(l.in) && !ends {
			return p, stays
		}
	}
	if l.watch(unix.EPOLL_CTL_MOD, x) != nil { // it makes epoll look again, and tell what is left
		return parting{}, false
	}
	return parting{}, true
}
