package server

import (
	"iter"

	"github.com/panjf2000/gnet/v2"
	"github.com/valyala/bytebufferpool"
)

// loopLocal is what one event loop has for all its connections: counts that
// no other loop touches, and the buffer in which replies gather. A loop serves
// one connection at a time, so one buffer is enough; a connection that moves to
// the lane takes it along.
type loopLocal struct {
	traffic traffics
	turns   turns
	crowd   crowd
	ahead   ahead
	buf     *bytebufferpool.ByteBuffer // nil: in use, or taken along
	conns   []opened                   // those that it owns, if there is an idle timeout; touched by it alone
}

// replies are the buffers that loops and lanes gather in.
var replies bytebufferpool.Pool

// localOf returns what the loop e has.
func (l *loop) localOf(e gnet.EventLoop) *loopLocal {
	if v, ok := l.locals.Load(e); ok {
		return v.(*loopLocal)
	}
	v, _ := l.locals.LoadOrStore(e, new(loopLocal))
	return v.(*loopLocal)
}

// loops goes through what the event loops have.
func (s *Server) loops() iter.Seq[*loopLocal] {
	return func(yield func(*loopLocal) bool) {
		s.loop.locals.Range(func(_, d any) bool { return yield(d.(*loopLocal)) })
	}
}

// buffer returns an empty buffer to gather in.
func (c *conn) buffer() *bytebufferpool.ByteBuffer {
	if l := c.local; l != nil && l.buf != nil {
		b := l.buf
		l.buf = nil
		return b
	}
	return replies.Get()
}

// giveBuffer takes it back. One that a large frame has grown is not kept for
// good.
func (c *conn) giveBuffer(b *bytebufferpool.ByteBuffer) {
	if l := c.local; l != nil && l.buf == nil && cap(b.B) <= 2*gatherLimit {
		b.Reset()
		l.buf = b
		return
	}
	replies.Put(b)
}
