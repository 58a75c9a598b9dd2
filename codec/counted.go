package codec

import (
	"encoding/binary"
	"math/bits"
	"unique"
)

// counted is what Parse makes of a Length or a Uvarint whose frames are a length and then the payload: the same framing, of which what
// encoding asks for is known beforehand, and one pointer in size. A Length is ten words, and to copy and to look through them for each
// small frame costs more than to write it. Equal framings are equal values still.
type counted struct{ handle unique.Handle[count] }

type count struct {
	of    Codec // the Length or Uvarint
	most  int   // greatest payload
	width uint8 // bytes of the field; 0 for as many as it needs, a Uvarint
	big   bool  // the order of the field
}

// newCounted returns l as a counted one, or as it is if its frames are anything more. It is valid.
func newCounted(l Length) Codec {
	if !l.plain() {
		return l
	}
	y := l.must()
	return counted{unique.Make(count{of: l, most: y.limit, width: y.width, big: !y.little})}
}

// newCountedUvarint is newCounted of a Uvarint.
func newCountedUvarint(u Uvarint) Codec {
	if u.Lead != 0 {
		return u
	}
	return counted{unique.Make(count{of: u, most: u.Limit()})}
}

// Append is that of the Length or Uvarint. Where it can, it writes a length of eight bytes and then the payload over what of them is too
// many: with append's checks for each part, and its call for a field of some bytes, a small frame costs twice as much.
func (c counted) Append(dst, payload []byte) ([]byte, error) {
	r := c.handle.Value()
	n, start := len(payload), len(dst)
	if n > r.most || n < 8 {
		return r.of.Append(dst, payload)
	}
	field, width := uint64(n), int(r.width)
	switch {
	case r.big:
		field = bits.ReverseBytes64(field) >> ((64 - 8*uint(width)) & 63)
	case width > 0:
	case n < 1<<7:
		width = 1
	case n < 1<<14:
		field, width = field&0x7f|0x80|field>>7<<8, 2
	default:
		return r.of.Append(dst, payload)
	}
	end := start + width + n
	if end > cap(dst) {
		return r.of.Append(dst, payload)
	}
	dst = dst[:end]
	binary.LittleEndian.PutUint64(dst[start:], field)
	if out := dst[start+width:]; n <= 16 {
		binary.LittleEndian.PutUint64(out, binary.LittleEndian.Uint64(payload))
		binary.LittleEndian.PutUint64(out[n-8:], binary.LittleEndian.Uint64(payload[n-8:]))
	} else {
		copy(out, payload)
	}
	return dst, nil
}

func (c counted) String() string { return c.handle.Value().of.String() }

func (c counted) Bound(n int) int { return c.handle.Value().of.Bound(n) }

func (c counted) NewDecoder() Decoder { return c.handle.Value().of.NewDecoder() }

func (c counted) Limit() int { return c.handle.Value().most }

func (c counted) WithLimit(max int) (Codec, error) {
	with, err := c.handle.Value().of.(Limiter).WithLimit(max)
	if err != nil {
		return nil, err
	}
	switch with := with.(type) {
	case Length:
		return newCounted(with), nil
	case Uvarint:
		return newCountedUvarint(with), nil
	}
	return with, nil
}

func (c counted) Envelope(n int) (head, tail []byte) {
	return c.handle.Value().of.(Enveloper).Envelope(n)
}

func (c counted) summing() summing { return c.handle.Value().of.(summer).summing() }

func (c counted) appendSummed(dst, payload []byte, sum checksum) ([]byte, error) {
	return c.handle.Value().of.(summer).appendSummed(dst, payload, sum)
}
