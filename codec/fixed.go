package codec

import (
	"fmt"
	"strconv"
)

// Fixed is a framing without a head: every frame has Size bytes. The zero value is impossible, since a frame of no bytes never ends.
//
//	Fixed{Size: 4}    | p i n g | p o n g |
//
// What it cannot do: carry a payload of another size, or notice anything. A lost or inserted byte shifts all frames that follow, for
// ever, and no error is raised: at best the stream ends inside a frame. A flipped byte damages its frame alone, unseen.
type Fixed struct {
	Size int // bytes of each frame, 1 to MaxMax. It is the Max, too: nothing is ever too long
}

// Validate reports a Size that cannot be, as an ErrSpec. The methods that encode and decode panic on an impossible Fixed.
func (f Fixed) Validate() error {
	if f.Size < 1 || f.Size > MaxMax {
		return specErrorf("size=%d: must be 1 to %d bytes", f.Size, MaxMax)
	}
	return nil
}

func (f Fixed) must() int {
	if err := f.Validate(); err != nil {
		panic(err)
	}
	return f.Size
}

// Limit returns Size.
func (f Fixed) Limit() int { return f.must() }

// WithLimit returns f itself, if its frames keep to the limit. It fails with ErrSpec if they do not: a Fixed of another size is
// another framing.
func (f Fixed) WithLimit(max int) (Codec, error) {
	if err := checkMax(max); err != nil {
		return nil, err
	}
	if f.must() > max {
		return nil, specErrorf("size=%d is over max=%d", f.Size, max)
	}
	return f, nil
}

// String returns fixed:size=N.
func (f Fixed) String() string { return "fixed:size=" + formatSize(f.Size) }

// Bound returns n: there is nothing but the payload.
func (f Fixed) Bound(n int) int { return n }

// Append appends payload. It fails with ErrTooLong for one of more than Size bytes, with ErrBadLength for one of fewer: padding would
// come out at the other end.
func (f Fixed) Append(dst, payload []byte) ([]byte, error) {
	if n := len(payload); n != f.Size || n < 1 || n > MaxMax {
		return dst, f.checkSize(n)
	}
	return append(dst, payload...), nil
}

func (f Fixed) summing() summing { return summing{} }

func (f Fixed) appendSummed(dst, payload []byte, sum checksum) ([]byte, error) {
	if err := f.checkSize(len(payload) + sum.size); err != nil {
		return dst, err
	}
	return append(append(dst, payload...), sum.bytes[:sum.size]...), nil
}

// Check returns the error of Append.
func (f Fixed) Check(payload []byte) error { return f.checkSize(len(payload)) }

func (f Fixed) checkSize(n int) error {
	switch size := f.must(); {
	case n > size:
		return errTooLong(uint64(n), size, nil)
	case n < size:
		return fmt.Errorf("%w: a payload of %d bytes, every frame is %d", ErrBadLength, n, size)
	}
	return nil
}

// Envelope returns nothing: the payload is all there is on the wire.
func (f Fixed) Envelope(n int) (head, tail []byte) {
	if err := f.checkSize(n); err != nil {
		panic(err)
	}
	return nil, nil
}

// NewDecoder returns a decoder. It has no state.
func (f Fixed) NewDecoder() Decoder { return &fixedDecoder{f.must()} }

type fixedDecoder struct{ size int }

func (d *fixedDecoder) Decode(buf []byte) (int, []byte, error) {
	if len(buf) < d.size {
		return 0, nil, nil
	}
	return d.size, buf[:d.size:d.size], nil
}

// walk yields the frames that lie whole in chunk, as lengthDecoder.walk does.
func (d *fixedDecoder) walk(chunk []byte, yield func([]byte, error) bool) (rest []byte, more bool) {
	size := d.size
	for more = true; more && len(chunk) >= size; {
		frame := chunk[:size:size]
		chunk = chunk[size:]
		more = yield(frame, nil)
	}
	return chunk, more
}

// effort is nothing: where a frame ends is known without a look.
func (d *fixedDecoder) effort() (scanned, copied int64) { return 0, 0 }

// Need returns the size.
func (d *fixedDecoder) Need() int { return d.size }

func parseFixed(a *args) (Codec, error) {
	s, ok := a.take("size")
	max := a.max(MaxMax)
	a.tooLong() // accepted for every framing; nothing is too long here
	size, err := parseSize(s)
	switch {
	case !ok:
		return nil, specErrorf("size is missing: want size=1 to size=%s", formatSize(MaxMax))
	case err != nil || size < 1:
		a.fail("size", s, "a size from 1 to "+formatSize(MaxMax))
	case size > max:
		a.fail("size", s, "no more than max="+strconv.Itoa(max))
	}
	if a.err != nil {
		return nil, a.err
	}
	return Fixed{Size: size}, nil
}
