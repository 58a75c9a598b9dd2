package server

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/valyala/bytebufferpool"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/pattern"
)

const (
	// gatherLimit is how many bytes of replies gather before they are written
	// although frames are left: with echo a whole chunk's replies fit.
	gatherLimit = 128 << 10

	// copyLimit is the greatest payload that is copied into the gathered
	// replies; a longer one is sent from where it lies, as a [Body].
	copyLimit = 64 << 10
)

// Reply gathers what a handler answers. Handlers use it during Serve only.
//
// What it holds is owed to the peer: first buf from sent on, then the body. On
// the loop it is written at the end of the event; what does not fit goes with
// the connection to the lane.
type Reply struct {
	buf     *bytebufferpool.ByteBuffer // encoded replies; nil while there are none
	sent    int                        // bytes of buf that are written
	body    body                       // nothing is served before it is gone
	conn    *conn
	closing bool // close when all is sent
	scratch [16]byte
}

// Codec returns the framing of the connection.
func (r *Reply) Codec() codec.Codec { return r.conn.codec }

// Frame answers with one frame. payload may alias the frame being served; it
// is not kept. The error is the codec's, when it cannot carry the payload.
func (r *Reply) Frame(payload []byte) error {
	c := r.conn
	if r.body != nil {
		return r.frameAfter(payload)
	}
	if len(payload) > copyLimit {
		if v, ok := verbatim(c.codec, payload); ok {
			r.body = v
			c.framesOut++
			return nil
		}
	}
	b, err := c.codec.Append(r.open(), payload)
	if err != nil {
		return err
	}
	r.buf.B = b
	c.framesOut++
	return nil
}

// frameAfter answers with one more frame behind a body.
func (r *Reply) frameAfter(payload []byte) error {
	p, ok := r.body.(*pieces)
	if !ok {
		return errors.New("server: a handler replied behind generated content")
	}
	b, err := r.conn.codec.Append(nil, payload)
	if err != nil {
		return err
	}
	*p = append(*p, b)
	r.conn.framesOut++
	return nil
}

// Content answers with n bytes of content, from its beginning, in frames of
// frame payload bytes (0: [DefaultFrame]; lowered to what the framing
// carries). Nothing is generated before it is sent, so n has no part in what
// this costs. It must be the last reply of a Serve.
func (r *Reply) Content(content pattern.Content, n int64, frame int) error {
	return r.contentAt(content, 0, n, frame)
}

func (r *Reply) contentAt(content pattern.Content, from, n int64, frame int) error {
	if n == 0 {
		return nil
	}
	max := codec.Max(r.conn.codec)
	if frame > max {
		return fmt.Errorf("generate: frame=%d is over the limit of framing %s, %d bytes", frame, r.conn.codec, max)
	}
	frame = cmp.Or(frame, min(DefaultFrame, max))
	r.body = newFile(r.conn.codec, content, from, n, frame)
	r.conn.framesOut += (n + int64(frame) - 1) / int64(frame)
	return nil
}

// Close closes the connection once everything gathered so far is sent.
func (r *Reply) Close() { r.closing = true }

// full tells that the replies must be written before more frames are served.
func (r *Reply) full() bool {
	return r.closing || r.body != nil || r.buf != nil && len(r.buf.B) >= gatherLimit
}

// open returns the buffer to append to.
func (r *Reply) open() []byte {
	if r.buf == nil {
		r.buf = r.conn.buffer()
	}
	return r.buf.B
}

func (r *Reply) line(s string) { b := append(r.open(), s...); r.buf.B = b }

// unsent returns what gathered and is not written.
func (r *Reply) unsent() []byte {
	if r.buf == nil {
		return nil
	}
	return r.buf.B[r.sent:]
}

// gone tells that n bytes more of buf are written, and lets go of it with the
// last.
func (r *Reply) gone(n int) {
	if r.sent += n; r.buf != nil && r.sent == len(r.buf.B) {
		r.conn.giveBuffer(r.buf)
		r.buf, r.sent = nil, 0
	}
}
