package server

import (
	"time"

	"github.com/loadframe/loadframe/codec"
)

// body is a reply that is not copied together before it is sent. The lane sends
// it, but for its first bytes.
type body interface {
	// next appends to vec slices of the wire bytes that are due, in order,
	// about max bytes of them but few slices, and none when all are sent. They
	// stay valid until advance. An error ends the connection.
	next(vec [][]byte, max int) ([][]byte, error)
	// advance tells that n of those bytes are sent.
	advance(n int)
	// holds tells that the bytes alias memory of the connection's stream,
	// which must be left alone until the body is gone.
	holds() bool
}

// timed is a body whose bytes are not all due at once.
type timed interface {
	// due returns when the bytes that next returns may be sent; the zero time is
	// at once.
	due() time.Time
}

// owes is what a body has that knows how many bytes it still owes.
type owes interface{ owed() int64 }

// vecLimit bounds the slices that next returns: they are memory that a peer
// which does not read makes us hold.
const vecLimit = 256

// pieces is a body of bytes that lie somewhere already.
type pieces [][]byte

// verbatim is the frame of a payload that lies somewhere already, if the
// framing carries it as it is.
func verbatim(c codec.Codec, payload []byte) (body, bool) {
	e, ok := c.(codec.Enveloper)
	if !ok || len(payload) > codec.Max(c) {
		return nil, false
	}
	if ch, ok := c.(codec.Checker); ok && ch.Check(payload) != nil {
		return nil, false // Append says why
	}
	head, tail := e.Envelope(len(payload))
	return &pieces{head, payload, tail}, true
}

func (p *pieces) next(vec [][]byte, max int) ([][]byte, error) {
	for _, b := range *p {
		if max <= 0 || len(vec) == vecLimit {
			break
		}
		if len(b) > 0 {
			b = b[:min(len(b), max)]
			vec, max = append(vec, b), max-len(b)
		}
	}
	return vec, nil
}

func (p *pieces) advance(n int) {
	for len(*p) > 0 && n >= len((*p)[0]) {
		n -= len((*p)[0])
		*p = (*p)[1:]
	}
	if n > 0 {
		(*p)[0] = (*p)[0][n:]
	}
}

func (p *pieces) holds() bool { return true }

func (p *pieces) owed() (n int64) {
	for _, b := range *p {
		n += int64(len(b))
	}
	return n
}
