package server

import (
	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/pattern"
)

// body is a reply that is not copied together before it is sent.
type body interface {
	// next appends to vec slices of the wire bytes that are due, in order,
	// about max bytes of them and at least one while any are left. They stay
	// valid until advance.
	next(vec [][]byte, max int) [][]byte
	// advance tells that n of those bytes are sent.
	advance(n int)
	// holds tells that the bytes alias memory of the connection's stream or
	// chunk, which must be left alone until the body is gone.
	holds() bool
}

// gatherBody copies the beginning of the body behind the other replies, so that
// a small file takes one write and a big one has its first bytes on the wire
// at once. The body is not told; see owe.
func (r *Reply) gatherBody() (complete bool) {
	var few [4][]byte
	buf, left := r.open(), copyLimit
	for _, b := range r.body.next(few[:0], copyLimit+1) {
		if len(b) > left {
			r.buf.B = append(buf, b[:left]...)
			return false
		}
		buf, left = append(buf, b...), left-len(b)
	}
	r.buf.B = buf
	return true
}

// owe keeps what could not be written: of the unsent bytes n are written, and
// those after gathered are copies from the body, which sends the rest itself.
func (r *Reply) owe(n, gathered int) {
	r.buf.B = r.buf.B[:r.sent+gathered]
	r.gone(min(n, gathered))
	if r.body != nil {
		r.body.advance(max(0, n-gathered))
	}
}

// pieces is a body of bytes that lie somewhere already.
type pieces [][]byte

// verbatim is the frame of a payload that lies somewhere already, if the
// framing carries it as it is.
func verbatim(c codec.Codec, payload []byte) (body, bool) {
	e, ok := c.(codec.Enveloper)
	if !ok || len(payload) > codec.Max(c) {
		return nil, false
	}
	head, tail := e.Envelope(len(payload))
	return &pieces{head, payload, tail}, true
}

func (s *pieces) next(vec [][]byte, max int) [][]byte {
	for _, b := range *s {
		if len(b) == 0 {
			continue
		}
		if max <= 0 {
			break
		}
		b = b[:min(len(b), max)]
		vec, max = append(vec, b), max-len(b)
	}
	return vec
}

func (s *pieces) advance(n int) {
	for len(*s) > 0 && n >= len((*s)[0]) {
		n -= len((*s)[0])
		*s = (*s)[1:]
	}
	if n > 0 {
		(*s)[0] = (*s)[0][n:]
	}
}

func (s *pieces) holds() bool { return true }

// newFile is a body of n bytes of content in frames of frame payload bytes.
func newFile(c codec.Codec, content pattern.Content, from, n int64, frame int) body {
	if e, ok := c.(codec.Enveloper); ok {
		return newVerbatimFile(e, content, from, n, frame)
	}
	return &encodedFile{codec: c, content: content, at: from, end: from + n, frame: frame}
}

// verbatimFile is generated content in a framing that carries payloads as they
// are. It is addressed by its offset on the wire, so it holds no buffer:
//
//	|head|---- frame ----|tail|head|---- frame ----|tail|head|- last -|tail|
//	0                         each                      2*each
type verbatimFile struct {
	content pattern.Content
	from    int64 // offset in content of the first byte
	n       int64 // payload bytes
	frame   int64
	each    int64 // wire bytes of a frame that is not the last
	wire    int64 // wire bytes sent
	end     int64 // wire bytes in all

	head, tail         []byte // of all frames but the last
	lastHead, lastTail []byte
}

func newVerbatimFile(e codec.Enveloper, content pattern.Content, from, n int64, frame int) *verbatimFile {
	f := &verbatimFile{content: content, from: from, n: n, frame: int64(frame)}
	full := (n - 1) / f.frame // frames before the last
	last := n - full*f.frame
	f.lastHead, f.lastTail = e.Envelope(int(last))
	if full > 0 {
		f.head, f.tail = e.Envelope(frame)
	}
	f.each = int64(len(f.head)) + f.frame + int64(len(f.tail))
	f.end = full*f.each + int64(len(f.lastHead)) + last + int64(len(f.lastTail))
	return f
}

func (f *verbatimFile) next(vec [][]byte, max int) [][]byte {
	for at := f.wire; at < f.end && max > 0; {
		b := f.slice(at, max)
		vec = append(vec, b)
		at, max = at+int64(len(b)), max-len(b)
	}
	return vec
}

// slice returns the bytes at wire offset at, as far as they lie together.
func (f *verbatimFile) slice(at int64, max int) []byte {
	index, in := at/f.each, at%f.each
	payload, head, tail := f.frame, f.head, f.tail
	if done := index * f.frame; f.n-done <= f.frame {
		payload, head, tail = f.n-done, f.lastHead, f.lastTail
	}
	if in < int64(len(head)) {
		return head[in:]
	}
	if in -= int64(len(head)); in < payload {
		return f.content.Slice(f.from+index*f.frame+in, int(min(payload-in, int64(max))))
	}
	return tail[in-payload:]
}

func (f *verbatimFile) advance(n int) { f.wire += int64(n) }
func (f *verbatimFile) holds() bool   { return false }

// encodedFile is generated content in a framing that changes the payload
// (stuffing, checksums): it is encoded some frames at a time.
type encodedFile struct {
	codec   codec.Codec
	content pattern.Content
	at, end int64 // offsets in content
	frame   int
	payload []byte
	wire    []byte // encoded, not yet sent
	sent    int    // of wire
	err     error
}

func (f *encodedFile) next(vec [][]byte, max int) [][]byte {
	if f.sent == len(f.wire) {
		f.wire, f.sent = f.wire[:0], 0
	}
	for len(f.wire)-f.sent < max && f.at < f.end && f.err == nil {
		n := int(min(int64(f.frame), f.end-f.at))
		if cap(f.payload) < n {
			f.payload = make([]byte, n)
		}
		f.content.ReadAt(f.payload[:n], f.at)
		f.at += int64(n)
		f.wire, f.err = f.codec.Append(f.wire, f.payload[:n])
	}
	if f.sent == len(f.wire) {
		return vec
	}
	return append(vec, f.wire[f.sent:])
}

func (f *encodedFile) advance(n int) { f.sent += n }
func (f *encodedFile) holds() bool   { return false }
