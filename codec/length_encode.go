package codec

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
)

// Bound returns the size on the wire of a payload of n bytes. It is exact for what Append accepts.
func (l Length) Bound(n int) int {
	y := l.must()
	return max(y.head, y.strip+n) + y.tail
}

// Append appends the frame that carries payload. It fails with ErrTooLong for a payload over Max, and with ErrBadLength for one whose
// length the field cannot express, or whose kept head does not tell its true length.
func (l Length) Append(dst, payload []byte) ([]byte, error) { return l.append(dst, payload, nil) }

// append appends the frame of payload and sum as one payload. It is by pointer, so that Append is inlined into what an interface calls:
// else that copies all of l twice.
//
// A field that tells the size of the payload and then the payload is written without a layout, whose resolving costs several times
// what there is to do besides. Where it can, it writes a field of eight bytes and then the payload over what of them is too many: with
// append's checks for each part, and its call for a field of some bytes, a small frame costs twice as much.
func (l *Length) append(dst, payload, sum []byte) ([]byte, error) {
	if !l.plain() {
		return l.appendResolved(dst, payload, sum)
	}
	width, limit, size := l.Width, l.Max, len(payload)+len(sum)
	if width == 0 {
		width = 4
	}
	if limit == 0 {
		limit = DefaultMax
	}
	unused := (64 - 8*uint(width)) & 63
	if most := min(uint64(limit), math.MaxUint64>>unused); uint64(size) > most {
		return dst, errTooLong(uint64(size), int(most), nil)
	}
	field := uint64(size)
	if l.Order == BigEndian {
		field = bits.ReverseBytes64(field << unused)
	}
	if start, end := len(dst), len(dst)+width+size; len(payload) >= 8 && end <= cap(dst) {
		dst = dst[:end]
		binary.LittleEndian.PutUint64(dst[start:], field)
		n := copy(dst[start+width:], payload)
		if len(sum) > 0 {
			copy(dst[start+width+n:], sum)
		}
		return dst, nil
	}
	var word [8]byte
	binary.LittleEndian.PutUint64(word[:], field)
	dst = append(append(dst, word[:width]...), payload...)
	return append(dst, sum...), nil
}

// Envelope returns the head and the tail of a payload of n bytes, freshly allocated. When part of the head is kept (Strip < h) the
// payload brings it along, and its field is not checked as Append does.
func (l Length) Envelope(n int) (head, tail []byte) {
	y := l.must()
	v, err := y.field(n)
	if err != nil {
		panic(err)
	}
	if y.strip > 0 {
		head = l.appendHead(make([]byte, 0, y.strip), &y, v)
	}
	if y.tail > 0 {
		tail = []byte(l.Trailer)
	}
	return head, tail
}

// plain reports whether a frame of l is a field that tells the size of the payload, then the payload: u8 to u64.
func (l *Length) plain() bool {
	return l.Offset|l.Adjust|l.Strip|len(l.Trailer)|len(l.Head) == 0 && !l.Keep && !l.Signed &&
		uint(l.Width) <= 8 && uint(l.Max) <= MaxMax && l.Order <= LittleEndian
}

func (l Length) summing() summing { return summing{} }

func (l Length) appendSummed(dst, payload []byte, sum checksum) ([]byte, error) {
	return l.append(dst, payload, sum.bytes[:sum.size])
}

// appendResolved appends the frame of payload and sum as one payload.
func (l *Length) appendResolved(dst, payload, sum []byte) ([]byte, error) {
	y := l.must()
	v, err := y.field(len(payload) + len(sum))
	if err != nil {
		return dst, err
	}
	if y.strip < y.head { // the kept head may reach into the sum
		kept := payload
		if len(kept) < y.head && len(sum) > 0 {
			kept = append(kept[:len(kept):len(kept)], sum...)
		}
		if err := y.checkKept(kept, v); err != nil {
			return dst, err
		}
	}
	dst = l.appendHead(dst, &y, v)
	return append(append(append(dst, payload...), sum...), l.Trailer...), nil
}

// field returns the value of the field for a payload of n bytes.
func (y *layout) field(n int) (uint64, error) {
	if n > y.limit {
		return 0, errTooLong(uint64(n), y.limit, nil)
	}
	v := int64(y.strip+n+y.tail) - int64(y.base)
	if v < int64(y.least) {
		return 0, fmt.Errorf("%w: a payload of %d bytes needs a field of %d, least %d", ErrBadLength, n, v, y.least)
	}
	return uint64(v), nil
}

// appendHead appends the Strip leading bytes of a frame.
func (l Length) appendHead(dst []byte, y *layout, v uint64) []byte {
	start := len(dst)
	if l.Head != "" {
		dst = append(dst, l.Head...)
	} else {
		dst = append(dst, make([]byte, y.offset)...)
	}
	for i := range int(y.width) {
		dst = append(dst, y.octet(v, i))
	}
	dst = append(dst, make([]byte, y.pad)...)
	return dst[:start+y.strip]
}

// octet is byte i of a field that holds v.
func (y *layout) octet(v uint64, i int) byte {
	if !y.little {
		i = int(y.width) - 1 - i
	}
	return byte(v >> (8 * i))
}

// checkKept compares the part of the field that the payload brings along with the value it must have.
func (y *layout) checkKept(payload []byte, v uint64) error {
	for i := range int(y.width) {
		at := y.offset + i - y.strip // where byte i of the field lies in the payload
		if at >= 0 && payload[at] != y.octet(v, i) {
			return fmt.Errorf("%w: the length field inside the payload is not %d", ErrBadLength, v)
		}
	}
	return nil
}
