package codec

import "fmt"

// SLIP is the framing of RFC 1055: a frame ends with END, a byte C0; a C0 in the payload is written DB DC and a DB is written DB DD.
// It costs one byte, and one more for each C0 and DB: none for text, 0.8 % for random bytes, as much again in the worst case. The
// zero value carries at most DefaultMax.
//
//	payload  | h i     | c0    a     | db       |
//	wire     | h i c0  | db dc a c0  | db dd c0 |
//	               END           END         END
//
// Two ENDs in a row are fill: the decoder takes an END before a frame, which RFC 1055 recommends against line noise and Append does
// not write. So there is no empty frame, and Append refuses an empty payload with ErrBadLength.
//
// DB and anything but DC and DD behind it, the END too, is ErrBadEscape, once, and the next frame begins behind the next END. That is
// all the decoder can notice: a byte flipped, inserted or lost is nearly always (98 in 100) a wrong frame and no error. It costs one
// frame, or joins or splits two when it was an END. What notices is slip+crc32c. A frame over Max kills the stream or is skipped, as
// TooLong says: where a lost END may join two frames, Discard is what you want.
type SLIP struct {
	Max     int     // greatest payload in bytes; 0 means DefaultMax
	TooLong TooLong // what follows a payload over Max
}

var slipEscapes = newEscapes(0xc0, 0xdb, func(code byte) (plain byte, ok bool) {
	switch code {
	case 0xdc:
		return 0xc0, true
	case 0xdd:
		return 0xdb, true
	}
	return 0, false
})

// String returns slip, with the keys that are not the default.
func (c SLIP) String() string { return specOf("slip", c.Limit(), c.TooLong) }

// Limit returns the greatest payload in bytes.
func (c SLIP) Limit() int { return limitOf(c.Max) }

// WithLimit returns c with another Max.
func (c SLIP) WithLimit(max int) (Codec, error) { c.Max = max; return c, checkMax(max) }

// Bound returns the size of n bytes that must all be escaped.
func (c SLIP) Bound(n int) int { return 2*n + 1 }

// Append appends the frame that carries payload. It fails with ErrTooLong for a payload over Max, and with ErrBadLength for an empty
// one.
func (c SLIP) Append(dst, payload []byte) ([]byte, error) {
	return c.appendSummed(dst, payload, checksum{})
}

func (c SLIP) appendSummed(dst, payload []byte, sum checksum) ([]byte, error) {
	if err := c.check(len(payload) + sum.size); err != nil {
		return dst, err
	}
	dst = slipEscapes.appendStuffed(dst, payload)
	if sum.size > 0 {
		dst = slipEscapes.appendStuffed(dst, sum.bytes[:sum.size])
	}
	return append(dst, slipEscapes.flag), nil
}

// Check returns the error with which Append would refuse payload.
func (c SLIP) Check(payload []byte) error { return c.check(len(payload)) }

func (c SLIP) check(n int) error {
	if limit := c.Limit(); n > limit {
		return errTooLong(uint64(n), limit, nil)
	}
	if n == 0 {
		return errNoEmpty("slip")
	}
	return nil
}

// NewDecoder returns a decoder at a frame boundary.
func (c SLIP) NewDecoder() Decoder {
	return &slipDecoder{newEscapeDecoder(slipEscapes, c.Limit(), 0, c.TooLong)}
}

type slipDecoder struct{ escapeDecoder }

func (d *slipDecoder) Decode(buf []byte) (int, []byte, error) {
	piece, esc, n, whole := d.next(buf)
	switch {
	case d.skip:
		d.inside, d.skip = !whole, !whole
		return n, nil, nil
	case !whole:
	case len(piece) == 0 && !d.inside:
		return n, nil, nil // fill
	case esc < 0 && !d.inside && len(piece) <= d.most: // the payload lies in buf as it is
		return n, piece[:len(piece):len(piece)], nil
	}
	if err := d.unstuff(piece, esc); err != nil {
		return d.refuse(n, whole, err)
	}
	if !whole {
		return d.part(n, n)
	}
	if d.escaped {
		err := fmt.Errorf("%w: the frame ends in %02x after %d bytes of payload", ErrBadEscape, d.esc, len(d.out().buf))
		return d.refuse(n, true, err)
	}
	return n, d.take(), nil
}

func (c SLIP) summing() summing { return summing{resyncs: true} }

func parseSLIP(a *args) (Codec, error) {
	return SLIP{Max: a.max(DefaultMax), TooLong: a.tooLong()}, nil
}
