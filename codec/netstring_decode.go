package codec

import (
	"fmt"
	"io"
)

// netstringDigits are as many as surely fit into 64 bits: a longer length cannot be skipped.
const netstringDigits = 18

// NewDecoder returns a decoder at a frame boundary.
func (s Netstring) NewDecoder() Decoder {
	d := &netstringDecoder{limit: s.Limit(), digits: netstringDigits, discard: s.TooLong == Discard}
	if !d.discard {
		d.digits = digits(d.limit)
	}
	return d
}

// netstringDecoder takes a length as it comes, digit by digit if need be, and remembers where the frame ends.
type netstringDecoder struct {
	limit   int
	digits  int    // most of a length
	value   uint64 // of the digits that were taken
	seen    int    // how many
	start   int    // where the payload at the start of buf begins
	total   int    // where its comma ends; 0 while its length was not read
	skip    skip
	discard bool
	scanned int64
}

func (d *netstringDecoder) Decode(buf []byte) (int, []byte, error) {
	if d.total == 0 {
		if d.skip > 0 {
			return d.skip.drop(buf), nil, nil
		}
		v, n, done, err := d.length(buf)
		if !done {
			return n, nil, err
		}
		if v > uint64(d.limit) {
			err := errTooLong(v, d.limit, nil)
			if !d.discard {
				return 0, nil, err
			}
			d.skip = skip(v) + skip(n) + 1
			return d.skip.drop(buf), nil, err
		}
		d.start, d.total = n, n+int(v)+1
	}
	total := d.total
	if len(buf) < total {
		return 0, nil, nil
	}
	end := total - 1
	d.scanned++
	if buf[end] != ',' {
		return 0, nil, fmt.Errorf("%w: %02x, want 2c", ErrBadTrailer, buf[end])
	}
	d.total = 0
	return total, buf[d.start:end:end], nil
}

// walk yields the frames that lie whole in chunk, as lengthDecoder.walk does.
func (d *netstringDecoder) walk(chunk []byte, yield func([]byte, error) bool) (rest []byte, more bool) {
	limit, most, scanned := uint64(d.limit), d.digits, 0
	for more = true; more; {
		var v uint64
		at := 0
		for ; at < len(chunk) && at < most && chunk[at]-'0' < 10; at++ {
			v = v*10 + uint64(chunk[at]-'0')
		}
		if at == 0 || at == len(chunk) || chunk[at] != ':' || chunk[0] == '0' && at > 1 || v > limit {
			break
		}
		start := at + 1
		end := start + int(v)
		if end >= len(chunk) || chunk[end] != ',' {
			break
		}
		frame := chunk[start:end:end]
		chunk = chunk[end+1:]
		scanned += start + 1
		more = yield(frame, nil)
	}
	d.scanned += int64(scanned)
	return chunk, more
}

// walks reports whether walk may be called: at a frame boundary.
func (d *netstringDecoder) walks() bool { return d.total == 0 && d.skip == 0 && d.seen == 0 }

// length goes on reading the length of the frame at the start of buf. It takes n bytes; done tells that the length, with its colon,
// ended there.
func (d *netstringDecoder) length(buf []byte) (v uint64, n int, done bool, err error) {
	v = d.value
	i := d.seen
	for at, b := range buf {
		switch {
		case b == ':' && i > 0:
			d.scanned += int64(at + 1)
			d.value, d.seen = 0, 0
			return v, at + 1, true, nil
		case b < '0' || b > '9':
			if i == 0 && len(buf) < 4 && mayLookLike(b) {
				return 0, 0, false, nil // what follows may tell the protocol; Flush has the error if nothing does
			}
			return 0, 0, false, badDigit(i, buf[at:])
		case i > 0 && v == 0:
			return 0, 0, false, fmt.Errorf("%w: a leading zero before 0x%02x", ErrBadLength, b)
		case i == d.digits:
			return 0, 0, false, fmt.Errorf("%w: a length of more than %d digits, limit %d", ErrTooLong, d.digits, d.limit)
		}
		v = v*10 + uint64(b-'0')
		i++
	}
	d.scanned += int64(len(buf))
	d.value, d.seen = v, i
	return 0, len(buf), false, nil
}

// badDigit is the error for byte i of a frame, with which bad begins. Only the first one tells a wrong peer, and four of them which.
func badDigit(i int, bad []byte) error {
	look := ""
	if i == 0 {
		look = looksLike(bad[:min(len(bad), 4)])
	}
	return fmt.Errorf("%w: byte %d is 0x%02x, want a digit or a colon behind one%s", ErrBadLength, i, bad[0], look)
}

func (d *netstringDecoder) effort() (scanned, copied int64) { return d.scanned, 0 }

// Need returns the size of the frame once its length is there, before that the end of the next digit.
func (d *netstringDecoder) Need() int { return max(1, d.total) }

// Flush returns io.ErrUnexpectedEOF inside a frame, also inside one that is being discarded.
func (d *netstringDecoder) Flush(buf []byte) ([]byte, error) {
	begun := d.seen > 0 || d.total > 0 || d.skip > 0
	d.value, d.seen, d.total, d.skip = 0, 0, 0, 0
	switch {
	case len(buf) > 0 && !begun: // Decode takes digits at once, so this is none: it waited for what follows
		return nil, badDigit(0, buf)
	case begun:
		return nil, io.ErrUnexpectedEOF
	}
	return nil, nil
}
