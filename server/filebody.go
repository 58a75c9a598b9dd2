package server

import (
	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/pattern"
)

// file is generated content that is to be sent in frames.
type file struct {
	codec   codec.Codec
	content pattern.Content
	from    int64 // offset in content of the first byte
	n       int64 // payload bytes
	frame   int   // payload bytes of a frame; the last may have fewer
}

// appendNext appends the frame at payload offset at to dst. scratch is used
// for a payload that does not lie together in the content.
func (f *file) appendNext(dst []byte, at int64, scratch *[]byte) ([]byte, int64, error) {
	n := int(min(int64(f.frame), f.n-at))
	payload := f.content.Slice(f.from+at, n)
	if len(payload) < n {
		if cap(*scratch) < n {
			*scratch = make([]byte, n)
		}
		payload = (*scratch)[:n]
		f.content.ReadAt(payload, f.from+at)
	}
	dst, err := f.codec.Append(dst, payload)
	if err != nil {
		return dst, at, err
	}
	return dst, at + int64(n), nil
}

// verbatimMin is the smallest frame that is sent from where the content lies;
// smaller ones are copied together, which is cheaper than a slice each.
const verbatimMin = 4 << 10

// body returns f in the form that is sent. A framing that does not carry
// every payload has to see each one.
func (f file) body() body {
	_, picky := f.codec.(codec.Checker)
	if e, ok := f.codec.(codec.Enveloper); ok && !picky && f.frame >= verbatimMin {
		return newVerbatimFile(f, e)
	}
	return &encodedFile{file: f}
}

// verbatimFile is a file in a framing that carries payloads as they are. It is
// addressed by its offset on the wire, so it holds no buffer:
//
//	|head|---- frame ----|tail|head|---- frame ----|tail|head|- last -|tail|
//	0                         each                      2*each
type verbatimFile struct {
	file
	each int64 // wire bytes of a frame that is not the last
	sent int64 // wire bytes
	end  int64 // wire bytes in all

	borrow bool // payloads go out as sections, where they are in a file

	head, tail         []byte // of all frames but the last
	lastHead, lastTail []byte
}

func newVerbatimFile(f file, e codec.Enveloper) *verbatimFile {
	v := &verbatimFile{file: f}
	full := (f.n - 1) / int64(f.frame) // frames before the last
	last := f.n - full*int64(f.frame)
	v.lastHead, v.lastTail = e.Envelope(int(last))
	if full > 0 {
		v.head, v.tail = e.Envelope(f.frame)
	}
	v.each = int64(len(v.head) + f.frame + len(v.tail))
	v.end = full*v.each + int64(len(v.lastHead)) + last + int64(len(v.lastTail)) // maxTransferLimit keeps this in range
	return v
}

func (f *verbatimFile) next(vec [][]byte, max int) ([][]byte, error) {
	for at := f.sent; at < f.end && max > 0 && len(vec) < vecLimit; {
		if f.borrow && at > f.sent && f.sectionAt(at).n > 0 {
			break
		}
		b := f.slice(at, max)
		vec = append(vec, b)
		at, max = at+int64(len(b)), max-len(b)
	}
	return vec, nil
}

// slice returns the bytes at wire offset at, as far as they lie together.
func (f *verbatimFile) slice(at int64, max int) []byte {
	envelope, offset, left := f.locate(at)
	if envelope != nil {
		return envelope
	}
	return f.content.Slice(offset, int(min(left, int64(max))))
}

// locate returns what is at wire offset at: the rest of a head or tail, or left
// bytes of the content.
func (f *verbatimFile) locate(at int64) (envelope []byte, offset, left int64) {
	index, in := at/f.each, at%f.each
	payload, head, tail := int64(f.frame), f.head, f.tail
	done := index * payload
	if f.n-done <= payload {
		payload, head, tail = f.n-done, f.lastHead, f.lastTail
	}
	if in < int64(len(head)) {
		return head[in:], 0, 0
	}
	if in -= int64(len(head)); in < payload {
		return nil, f.from + done + in, payload - in
	}
	return tail[in-payload:], 0, 0
}

// section returns the payload that is due now as a part of a file; none if next
// has to be asked.
func (f *verbatimFile) section() section {
	if !f.borrow || f.sent == f.end {
		return section{}
	}
	return f.sectionAt(f.sent)
}

func (f *verbatimFile) sectionAt(at int64) section {
	envelope, offset, left := f.locate(at)
	if left = min(left, pattern.MaxSlice); envelope != nil || left < sectionMin {
		return section{}
	}
	page, from := f.content.File(offset)
	if page == nil {
		return section{}
	}
	return section{page, from, left, true}
}

func (f *verbatimFile) advance(n int) { f.sent += int64(n) }
func (f *verbatimFile) holds() bool   { return false }
func (f *verbatimFile) owed() int64   { return f.end - f.sent }

// encodeAhead is how many bytes of an encodedFile are made before they are
// sent.
const encodeAhead = 64 << 10

// encodedFile is a file of small frames, or in a framing that changes the
// payload: it is encoded a little at a time.
type encodedFile struct {
	file
	at      int64 // payload bytes encoded
	wire    []byte
	sent    int // of wire
	scratch []byte
}

func (f *encodedFile) next(vec [][]byte, _ int) (_ [][]byte, err error) {
	if f.sent == len(f.wire) {
		f.wire, f.sent = f.wire[:0], 0
		for len(f.wire) < encodeAhead && f.at < f.n {
			if f.wire, f.at, err = f.appendNext(f.wire, f.at, &f.scratch); err != nil {
				return vec, err
			}
		}
		if len(f.wire) == 0 {
			return vec, nil
		}
	}
	return append(vec, f.wire[f.sent:]), nil
}

func (f *encodedFile) advance(n int) { f.sent += n }
func (f *encodedFile) holds() bool   { return false }

// owed counts payload where the wire's bytes are not made yet.
func (f *encodedFile) owed() int64 { return int64(len(f.wire)-f.sent) + f.n - f.at }
