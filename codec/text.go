package codec

import (
	"bytes"
	"time"
)

// TextMax is the default and the greatest limit of Text, in bytes.
const TextMax = 64 << 10

// Text is for people at a terminal and for clients that know no framing: a message ends after a newline, at the end of the stream,
// at Max bytes, or when its sender says nothing more for Quiet. The newline stays in the frame, so the frames one after another are
// the byte stream again, and a reply is sent as it is. The zero value has a Max of TextMax.
//
//	wire     | S Y N \n | 1 0 0 0 0 \r \n | q u i t   ...silence
//	frames   | S Y N \n | 1 0 0 0 0 \r \n | q u i t |
type Text struct {
	Max int // greatest message in bytes, with its newline; 0 and more than TextMax mean TextMax
}

// String returns text, with max if it is not the default.
func (t Text) String() string {
	if t.Limit() == TextMax {
		return "text"
	}
	return specOf("text", t.Limit(), Fatal)
}

// Append appends payload as it is, whatever its size, adds no newline, and never fails. What is longer than Max arrives as several
// messages, if it meets this framing at the other end at all.
func (t Text) Append(dst, payload []byte) ([]byte, error) { return append(dst, payload...), nil }

// Bound returns n.
func (t Text) Bound(n int) int { return n }

// Envelope returns nothing: the payload is all there is on the wire. It takes any n.
func (t Text) Envelope(int) (head, tail []byte) { return nil, nil }

// Delimits returns false.
func (t Text) Delimits() bool { return false }

// Quiet returns 20 ms: long enough for a command that a client wrote in two pieces, too short for a person to notice.
func (t Text) Quiet() time.Duration { return 20 * time.Millisecond }

// Limit returns the greatest message in bytes.
func (t Text) Limit() int {
	if t.Max <= 0 || t.Max > TextMax {
		return TextMax
	}
	return t.Max
}

// WithLimit returns a Text with another Max, at most TextMax.
func (t Text) WithLimit(max int) (Codec, error) { return Text{Max: min(max, TextMax)}, checkMax(max) }

// NewDecoder returns a decoder at a frame boundary.
func (t Text) NewDecoder() Decoder { return &textDecoder{max: t.Limit()} }

type textDecoder struct {
	max  int
	seen int // bytes at the start of buf that are known to hold no newline, never looked at again

	scanned int64
}

func (d *textDecoder) Decode(buf []byte) (int, []byte, error) {
	window := buf[:min(len(buf), d.max)]
	n := bytes.IndexByte(window[d.seen:], '\n')
	switch {
	case n >= 0:
		n += d.seen + 1
	case len(window) == d.max:
		n = d.max
	default:
		d.scanned += int64(len(window) - d.seen)
		d.seen = len(window)
		return 0, nil, nil
	}
	d.scanned += int64(n - d.seen)
	d.seen = 0
	return n, buf[:n:n], nil
}

func (d *textDecoder) effort() (scanned, copied int64) { return d.scanned, 0 }

// Flush makes a frame of what is there: the end and silence end a message as a newline does.
func (d *textDecoder) Flush(buf []byte) ([]byte, error) {
	d.seen = 0
	if len(buf) == 0 {
		return nil, nil
	}
	return buf[:len(buf):len(buf)], nil
}

func parseText(a *args) (Codec, error) {
	max := a.max(TextMax)
	a.tooLong() // accepted for every framing; a long line is not too long, it is two messages
	return Text{Max: min(max, TextMax)}, nil
}
