package server

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// flush writes all that is owed. It fails when the peer takes nothing for the
// stall timeout; a slow peer may take as long as it likes.
func (l *lane) flush() error {
	r := &l.c.r
	for {
		l.c.count(0)
		r.sayEnd()
		if r.body != nil && !r.body.holds() {
			l.dropChunk() // a file may take hours, and a thousand of them should not hold chunks
		}
		fromBuf := len(r.unsent())
		if fromBuf == 0 && r.body != nil {
			if err := l.wait(); err != nil {
				return err
			}
		}
		var due section
		if fromBuf == 0 {
			due = l.section()
		}
		if fromBuf > 0 {
			out := r.unsent()
			l.vec = append(l.vec[:0], out[:min(len(out), l.c.turn(laneWrite))])
		} else if due.file != nil {
			l.vec, due.n = l.vec[:0], min(due.n, int64(l.c.turn(laneWrite)))
		} else if r.body != nil {
			var err error
			if l.vec, err = r.body.next(l.vec[:0], l.c.turn(laneWrite)); err != nil {
				l.srv.log.Warn("reply broken off", "peer", l.nc.RemoteAddr(), "error", err)
				return err
			}
		} else if r.later != nil {
			l.goOn()
			continue
		} else {
			return nil
		}
		if len(l.vec) == 0 && due.file == nil {
			l.dropBody(true)
			continue
		}
		n, err := l.write(due)
		if fromBuf > 0 {
			r.gone(n)
		} else {
			r.body.advance(n)
			l.c.count(0)
		}
		if due.file != nil && errors.Is(err, io.ErrUnexpectedEOF) {
			l.srv.log.Warn("reply broken off", "peer", l.nc.RemoteAddr(), "error", err)
		}
		if err != nil && (n == 0 || !errors.Is(err, os.ErrDeadlineExceeded)) {
			if n == 0 && errors.Is(err, os.ErrDeadlineExceeded) {
				l.srv.stats.Stalls.Add(1)
				l.srv.refusals[refusedStall].Add(1)
				l.c.because(fmt.Sprintf("stalled: took nothing for %v", l.srv.limits.StallTimeout))
				l.srv.log.Warn("peer takes nothing; cut off", "peer", l.nc.RemoteAddr(), "owed_bytes", r.owed(), "stall_timeout", l.srv.limits.StallTimeout)
			}
			return err
		}
	}
}

// section returns what the body has due in a file.
func (l *lane) section() section {
	switch b := l.c.r.body.(type) {
	case *diskFile:
		return b.section()
	case *verbatimFile:
		b.borrow = l.borrows
		return b.section()
	}
	return section{}
}

// goOn runs what a handler has left for the lane.
func (l *lane) goOn() {
	r := &l.c.r
	f := r.later
	r.later = nil
	l.dropChunk() // it may take its time
	if err := f(r); err != nil {
		l.c.refuse(err)
	}
}

// dropBody lets go of a body, which is sent to its end or broken off.
func (l *lane) dropBody(complete bool) {
	b := l.c.r.body
	if b == nil {
		return
	}
	l.c.r.body = nil
	if c, ok := b.(io.Closer); ok {
		c.Close()
	}
	if _, echo := b.(*pieces); echo {
		return
	}
	if complete {
		l.srv.stats.FilesSent.Add(1)
	} else {
		l.srv.stats.FilesBroken.Add(1)
	}
}

// write makes one gathering write of vec, or sends what is due of a file; it
// takes at most the stall timeout.
func (l *lane) write(due section) (int, error) {
	if err := l.await(outward, l.srv.cut); err != nil {
		return 0, err
	}
	start := time.Now()
	if err := l.nc.SetWriteDeadline(start.Add(l.srv.limits.StallTimeout)); err != nil {
		return 0, err
	}
	var n int64
	var err error
	if due.file == nil {
		l.bufs = l.vec
		n, err = l.bufs.WriteTo(l.nc)
	} else if due.shared {
		n, err = sendPages(l.nc, due)
	} else {
		n, err = sendFile(l.nc, due)
	}
	if n > 0 {
		l.c.count(int(n))
	}
	l.haste.wrote(l.nc, int(n), time.Since(start))
	return int(n), err
}

// linger shuts our direction down and waits until the peer closes too, so that
// unread input does not make the kernel reset what is still on its way.
func (l *lane) linger() {
	w, ok := l.nc.(interface{ CloseWrite() error })
	if l.c.ended || !ok || w.CloseWrite() != nil {
		return
	}
	_ = l.nc.SetReadDeadline(time.Now().Add(lingerTime))
	over := make(chan struct{})
	defer time.AfterFunc(lingerTime, func() { close(over) }).Stop()
	for {
		if l.await(inward, over) != nil {
			return
		}
		n, err := l.nc.Read(l.room()[:l.c.turn(laneRead)])
		if l.c.spent(inward, n); err != nil {
			return
		}
	}
}
