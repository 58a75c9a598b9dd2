package server

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/valyala/bytebufferpool"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/pattern"
)

const (
	// gatherLimit is how many bytes of replies gather before they are written
	// although frames are left: with echo a whole chunk's replies fit.
	gatherLimit = 128 << 10

	// copyLimit is the greatest frame that is echoed by copying; a longer one
	// is sent from where it lies.
	copyLimit = 64 << 10
)

// Reply gathers what a handler answers. Handlers use it during Serve, Open and
// End only.
//
// What it holds is owed to the peer: first buf from sent on, then the body. On
// the loop it is written at the end of the event; what does not fit, any body,
// and what comes later goes with the connection to the lane.
type Reply struct {
	conn    *conn
	buf     *bytebufferpool.ByteBuffer // encoded replies; nil while there are none
	sent    int                        // bytes of buf that are written
	body    body                       // nothing is served before it is gone
	later   func(*Reply) error         // what may block; see [Reply.onLane]
	frame   []byte                     // the frame being served
	closing bool                       // close when all is sent
	said    bool                       // the framing's own end is among what is owed or was sent
	pause   time.Duration              // between buf and body
}

// Codec returns the framing of the connection.
func (r *Reply) Codec() codec.Codec { return r.conn.codec }

// Frame answers with one frame. payload is copied, unless it is the beginning
// of the frame being served. The error is the codec's, when it cannot carry the
// payload.
func (r *Reply) Frame(payload []byte) error {
	if r.body != nil {
		return r.frameAfter(payload)
	}
	if len(payload) > copyLimit && len(payload) <= len(r.frame) && &payload[0] == &r.frame[0] {
		if v, ok := verbatim(r.conn.codec, payload); ok {
			r.body = v
			r.counted(1, int64(len(payload)))
			return nil
		}
	}
	b, err := r.conn.codec.Append(r.open(), payload)
	if err != nil {
		return err
	}
	r.buf.B = b
	r.counted(1, int64(len(payload)))
	return nil
}

var errAfterFile = errors.New("a handler replied behind generated content")

// frameAfter answers with one more frame behind a body.
func (r *Reply) frameAfter(payload []byte) error {
	p, ok := r.body.(*pieces)
	if !ok {
		return errAfterFile
	}
	b, err := r.conn.codec.Append(nil, payload)
	if err != nil {
		return err
	}
	*p = append(*p, b)
	r.counted(1, int64(len(payload)))
	return nil
}

// noticePause is what a notice is ahead of what it announces.
const noticePause = 20 * time.Millisecond

// notice is Frame for a text that announces a body. Clients in the field take
// what one read returns for the notice and lose what arrives with it, so where
// the framing does not delimit it goes out alone, at once, and the body of this
// Serve noticePause after it. Nothing waits on a loop for that: a reply with a
// pause goes by the lane.
func (r *Reply) notice(text []byte) error {
	if !codec.Delimits(r.conn.codec) {
		r.pause = noticePause
	}
	return r.Frame(text)
}

// file answers with n bytes of content, which begin at offset from of it, in
// frames of frame payload bytes (0: DefaultFrame, or the framing's limit if
// that is lower). Nothing is generated before it is sent, so n has no part in
// what this costs. It must be the last reply of a Serve.
func (r *Reply) file(content pattern.Content, from, n int64, frame int) error {
	max := codec.Max(r.conn.codec)
	switch {
	case r.body != nil:
		return errAfterFile
	case frame > max:
		return fmt.Errorf("frame=%d is over the limit of framing %s, %d bytes", frame, r.conn.codec, max)
	case n == 0:
		return nil
	}
	if codec.Once(r.conn.codec) { // all of it is the one message
		if n > int64(max) {
			return fmt.Errorf("a file of %d bytes is over the limit of framing %s, %d bytes", n, r.conn.codec, max)
		}
		frame = int(n)
	}
	frame = cmp.Or(frame, min(DefaultFrame, max))
	f := file{r.conn.codec, content, from, n, int(min(int64(frame), n))}
	// n first: the product of a great n could wrap around.
	if r.pause > 0 || n > gatherLimit || n/int64(f.frame)*int64(r.conn.codec.Bound(f.frame)) > gatherLimit {
		if err := f.try(); err != nil {
			return err
		}
		r.counted((n+int64(frame)-1)/int64(frame), n)
		if r.body = f.body(); r.pause > 0 {
			return nil
		}
		return r.gatherFirst()
	}
	buf, err := r.open(), error(nil)
	var scratch []byte
	for at := int64(0); at < n && err == nil; {
		if buf, at, err = f.appendNext(buf, at, &scratch); err == nil {
			r.counted(1, 0)
		}
	}
	r.counted(0, n)
	r.buf.B = buf
	return err
}

// firstBytes is how much of a body is sent with what gathered before it.
const firstBytes = 16 << 10

// gatherFirst copies the beginning of the body behind the other replies: the
// loop sends it at once, while the rest waits for the lane to start.
func (r *Reply) gatherFirst() error {
	var few [8][]byte
	vec, err := r.body.next(few[:0], firstBytes)
	buf, n := r.open(), 0
	for _, b := range vec {
		buf = append(buf, b...)
		n += len(b)
	}
	r.buf.B = buf
	r.body.advance(n)
	return err
}

// try encodes the last frame, the shortest, for its error: a framing that
// delivers its head has no place for content, and one whose field counts from
// elsewhere may be unable to tell so small a size. (Longer frames up to the
// framing's limit differ in nothing that content could offend.)
func (f *file) try() error {
	last := f.n - (f.n-1)/int64(f.frame)*int64(f.frame)
	wire, scratch := chunks.Get(), chunks.Get()
	defer func() { chunks.Put(wire); chunks.Put(scratch) }()
	var err error
	wire.B, _, err = f.appendNext(wire.B[:0], f.n-last, &scratch.B)
	return err
}

// count counts a request that is over a limit.
func (r *Reply) count(why refusal) { r.conn.lis.srv.refusals[why].Add(1) }

// onLane has f go on with this reply on the lane, where it may block, once all
// that gathered before it is written. No frame is served meanwhile. It must be
// the last call of a Serve, or of such a function.
func (r *Reply) onLane(f func(*Reply) error) error {
	r.later = f
	return nil
}

// owes tells that something is left to be written, or to be found out.
func (r *Reply) owes() bool { return r.buf != nil || r.body != nil || r.later != nil }

// frames answers with a text in as many frames as it needs, and fills up the
// last one with blanks where all frames are of one size: the reader puts them
// together.
func (r *Reply) frames(text []byte) error {
	max := codec.Max(r.conn.codec)
	err := r.Frame(text)
	if max > gatherLimit || !errors.Is(err, codec.ErrTooLong) && !errors.Is(err, codec.ErrBadLength) {
		return err
	}
	for len(text) > 0 {
		piece := append(make([]byte, 0, max), text[:min(len(text), max)]...)
		text = text[len(piece):]
		if err = r.Frame(piece); errors.Is(err, codec.ErrBadLength) {
			err = r.Frame(append(piece, bytes.Repeat([]byte{' '}, max-len(piece))...))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// sayEnd appends what the framing owes before our direction is shut down.
func (r *Reply) sayEnd() {
	if !r.closing || r.said || r.body != nil || r.later != nil {
		return
	}
	r.said = true
	if end := codec.End(r.conn.codec); end != nil {
		b := append(r.open(), end...)
		r.buf.B = b
	}
}

// Close closes the connection once everything gathered so far is sent.
func (r *Reply) Close() { r.closing = true }

// full tells that the replies must be written before more frames are served.
func (r *Reply) full() bool {
	return r.closing || r.body != nil || r.later != nil || r.buf != nil && len(r.buf.B) >= gatherLimit
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

// owed returns how many bytes the peer has not been sent.
func (r *Reply) owed() int64 {
	n := int64(len(r.unsent()))
	if b, ok := r.body.(owes); ok {
		n += b.owed()
	}
	return n
}
