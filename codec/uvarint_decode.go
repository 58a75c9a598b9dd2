package codec

import (
	"fmt"
	"io"
)

// NewDecoder returns a decoder at a frame boundary.
func (u Uvarint) NewDecoder() Decoder {
	return &uvarintDecoder{uvarintRules: u.must(), discard: u.TooLong == Discard}
}

// uvarintDecoder takes a length as it comes, byte by byte if need be, and remembers where the frame ends. So it never holds a length,
// however padded, and looks at each of its bytes once.
type uvarintDecoder struct {
	uvarintRules
	value   uint64 // of the bytes of the length that were taken
	seen    int    // how many
	start   int    // where the payload at the start of buf begins, and
	total   int    // where it ends; 0 while its length was not read
	skip    skip
	discard bool
	scanned int64
}

func (d *uvarintDecoder) Decode(buf []byte) (int, []byte, error) {
	if d.total == 0 {
		if d.skip > 0 {
			return d.skip.drop(buf), nil, nil
		}
		v, n, done, err := d.length(buf)
		if !done {
			return n, nil, err
		}
		if v > uint64(d.limit) {
			return d.refuse(buf, v, n)
		}
		d.start, d.total = n, n+int(v)
	}
	total := d.total
	if len(buf) < total {
		return 0, nil, nil
	}
	d.total = 0
	return total, buf[d.start:total:total], nil
}

// walk yields the frames that lie whole in chunk and whose length is a short spelling of one or two bytes, as lengthDecoder.walk does.
func (d *uvarintDecoder) walk(chunk []byte, yield func([]byte, error) bool) (rest []byte, more bool) {
	lead, limit, scanned := d.lead, d.limit, 0
	more = true
	for more && len(chunk) > lead {
		v, head := int(chunk[lead]), lead+1
		if v >= 0x80 {
			if len(chunk) == head || chunk[head]-1 >= 0x7f { // longer, or padded with a zero
				break
			}
			v += int(chunk[head])<<7 - 0x80
			head++
		}
		if v > limit || v > len(chunk)-head {
			break
		}
		total := head + v
		frame := chunk[head:total:total]
		chunk = chunk[total:]
		scanned += head - lead
		more = yield(frame, nil)
	}
	d.scanned += int64(scanned)
	return chunk, more
}

// walks reports whether walk may be called: at a frame boundary.
func (d *uvarintDecoder) walks() bool { return d.total == 0 && d.skip == 0 && d.seen == 0 }

// length goes on reading the length of the frame at the start of buf. It takes n bytes; done tells that the length ended there.
func (d *uvarintDecoder) length(buf []byte) (v uint64, n int, done bool, err error) {
	if d.seen > 0 {
		return d.bytewise(buf, 0)
	}
	at := d.lead
	if len(buf) <= at {
		return 0, 0, false, nil
	}
	low := uint64(buf[at])
	if low < 0x80 && d.bits >= 7 {
		d.scanned++
		return low, at + 1, true, nil
	}
	if len(buf) > at+1 && buf[at+1]-1 < 0x7f && low >= 0x80 && d.bits >= 14 && d.bytes >= 2 { // a short spelling of two bytes
		d.scanned += 2
		return uint64(buf[at+1])<<7 | low&0x7f, at + 2, true, nil
	}
	return d.bytewise(buf, at)
}

// bytewise is length of any spelling, from a byte on.
func (d *uvarintDecoder) bytewise(buf []byte, from int) (v uint64, n int, done bool, err error) {
	v = d.value
	i := d.seen
	for at := from; at < len(buf); at++ {
		b := buf[at]
		switch group := uint64(b & 0x7f); {
		case group>>max(0, d.bits-7*i) != 0:
			return 0, 0, false, fmt.Errorf("%w: more than %d bits with byte %d of it, 0x%02x", ErrBadLength, d.bits, i, b)
		case b == 0 && i > 0 && d.minimal:
			return 0, 0, false, fmt.Errorf("%w: %d bytes for what takes fewer", ErrBadLength, i+1)
		case b >= 0x80 && i+1 == d.bytes:
			return 0, 0, false, fmt.Errorf("%w: more than %d bytes: byte %d of it is 0x%02x", ErrBadLength, d.bytes, i, b)
		default:
			v |= group << (7 * i)
		}
		i++
		if b < 0x80 {
			d.scanned += int64(at + 1 - from)
			d.value, d.seen = 0, 0
			return v, at + 1, true, nil
		}
	}
	d.scanned += int64(len(buf) - from)
	d.value, d.seen = v, i
	return 0, len(buf), false, nil
}

// refuse is the error for a payload of v bytes over the limit, whose length ended at n. A peer that speaks something else is named
// only where the length is one byte: of a longer one, which no name has, the beginning may be gone.
func (d *uvarintDecoder) refuse(buf []byte, v uint64, n int) (int, []byte, error) {
	head := buf[:n]
	if v > 0x7f || n != d.lead+1 {
		head = nil
	}
	err := errTooLong(v, d.limit, head)
	if !d.discard {
		return 0, nil, err
	}
	d.skip = skip(addClip(v, n))
	return d.skip.drop(buf), nil, err
}

func (d *uvarintDecoder) effort() (scanned, copied int64) { return d.scanned, 0 }

// Need returns the size of the frame once its length is there, before that the end of the next byte of the length.
func (d *uvarintDecoder) Need() int {
	switch {
	case d.total > 0:
		return d.total
	case d.seen > 0:
		return 1
	}
	return d.lead + 1
}

// Flush returns io.ErrUnexpectedEOF inside a frame, also inside one that is being discarded.
func (d *uvarintDecoder) Flush(buf []byte) ([]byte, error) {
	inside := len(buf) > 0 || d.seen > 0 || d.total > 0 || d.skip > 0
	d.value, d.seen, d.total, d.skip = 0, 0, 0, 0
	if inside {
		return nil, io.ErrUnexpectedEOF
	}
	return nil, nil
}
