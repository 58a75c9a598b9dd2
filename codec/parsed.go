package codec

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"unique"
)

// parsed is what Parse makes of a framing whose frames can be written without looking at more of it than its limit: the same framing, in
// a pointer or two, and of a type of its own that knows the rest at compile time. A Length is ten words and a Line four: to copy them, and to
// look through them for each small frame, costs more than to write it. Nothing is cleverer than append: a length written as eight bytes
// with the payload over what is too many, and payloads moved in two blocks that overlap, were tried and are slower.
//
// Equal framings are equal values still.
type parsed struct{ handle unique.Handle[rule] }

type rule struct {
	of   Codec // the Length, Uvarint, Line, Delim or Netstring
	most int   // greatest payload
}

type (
	parsedU8        struct{ parsed }
	parsedU16       struct{ parsed }
	parsedU16LE     struct{ parsed }
	parsedU32       struct{ parsed }
	parsedU32LE     struct{ parsed }
	parsedU64       struct{ parsed }
	parsedUvarint   struct{ parsed }
	parsedNetstring struct{ parsed }
	parsedLine      struct{ checked }
	parsedDelim     struct {
		checked
		sep unique.Handle[string]
	}
)

// checked is a parsed one that cannot carry every payload.
type checked struct{ parsed }

func (c checked) Check(payload []byte) error { return c.handle.Value().of.(Checker).Check(payload) }

// parsedOf returns c as a parsed one, or as it is if there is none for it. It is valid.
func parsedOf(c Codec) Codec {
	switch of := c.(type) {
	case Length:
		if of.plain() {
			return parsedLength(of)
		}
	case Uvarint:
		if of.Lead == 0 {
			return parsedUvarint{newParsed(of)}
		}
	case Netstring:
		return parsedNetstring{newParsed(of)}
	case Line:
		return parsedLine{checked{newParsed(of)}}
	case Delim:
		if of.Also == [maxSeps - 1]string{} && !of.Keep && !bordered(of.Sep) {
			return parsedDelim{checked{newParsed(of)}, unique.Make(of.Sep)}
		}
	}
	return c
}

// bordered tells whether the end of s is also its beginning, as in aba. What ends in a part of such a delimiter may make one with what
// is written behind it.
func bordered(s string) bool {
	for n := 1; n < len(s); n++ {
		if s[:n] == s[len(s)-n:] {
			return true
		}
	}
	return false
}

func parsedLength(l Length) Codec {
	switch y := l.must(); {
	case y.width == 1:
		return parsedU8{newParsed(l)}
	case y.width == 2 && !y.little:
		return parsedU16{newParsed(l)}
	case y.width == 2:
		return parsedU16LE{newParsed(l)}
	case y.width == 4 && !y.little:
		return parsedU32{newParsed(l)}
	case y.width == 4:
		return parsedU32LE{newParsed(l)}
	case y.width == 8 && !y.little:
		return parsedU64{newParsed(l)}
	}
	return l
}

func newParsed(of interface {
	Codec
	Limiter
}) parsed {
	return parsed{unique.Make(rule{of, of.Limit()})}
}

func (c parsedU8) Append(dst, payload []byte) ([]byte, error) {
	if r := c.handle.Value(); len(payload) > r.most {
		return r.of.Append(dst, payload) // it says what is wrong
	}
	return append(append(dst, byte(len(payload))), payload...), nil
}

func (c parsedU16) Append(dst, payload []byte) ([]byte, error) {
	if r := c.handle.Value(); len(payload) > r.most {
		return r.of.Append(dst, payload)
	}
	return append(binary.BigEndian.AppendUint16(dst, uint16(len(payload))), payload...), nil
}

func (c parsedU16LE) Append(dst, payload []byte) ([]byte, error) {
	if r := c.handle.Value(); len(payload) > r.most {
		return r.of.Append(dst, payload)
	}
	return append(binary.LittleEndian.AppendUint16(dst, uint16(len(payload))), payload...), nil
}

func (c parsedU32) Append(dst, payload []byte) ([]byte, error) {
	if r := c.handle.Value(); len(payload) > r.most {
		return r.of.Append(dst, payload)
	}
	return append(binary.BigEndian.AppendUint32(dst, uint32(len(payload))), payload...), nil
}

func (c parsedU32LE) Append(dst, payload []byte) ([]byte, error) {
	if r := c.handle.Value(); len(payload) > r.most {
		return r.of.Append(dst, payload)
	}
	return append(binary.LittleEndian.AppendUint32(dst, uint32(len(payload))), payload...), nil
}

func (c parsedU64) Append(dst, payload []byte) ([]byte, error) {
	if r := c.handle.Value(); len(payload) > r.most {
		return r.of.Append(dst, payload)
	}
	return append(binary.BigEndian.AppendUint64(dst, uint64(len(payload))), payload...), nil
}

func (c parsedUvarint) Append(dst, payload []byte) ([]byte, error) {
	if r := c.handle.Value(); len(payload) > r.most {
		return r.of.Append(dst, payload)
	}
	return append(binary.AppendUvarint(dst, uint64(len(payload))), payload...), nil
}

func (c parsedNetstring) Append(dst, payload []byte) ([]byte, error) {
	if r := c.handle.Value(); len(payload) > r.most {
		return r.of.Append(dst, payload)
	}
	dst = append(strconv.AppendUint(dst, uint64(len(payload)), 10), ':')
	return append(append(dst, payload...), ','), nil
}

func (c parsedLine) Append(dst, payload []byte) ([]byte, error) {
	n := len(payload)
	if r := c.handle.Value(); n > r.most || n > 0 && payload[n-1] == '\r' || bytes.IndexByte(near(payload), '\n') >= 0 || n > searchNear && searchOn(payload, '\n') >= 0 {
		return r.of.Append(dst, payload)
	}
	return append(append(dst, payload...), '\n'), nil
}

// Append looks no further than whether anything in payload begins as the delimiter does: mostly nothing.
func (c parsedDelim) Append(dst, payload []byte) ([]byte, error) {
	sep := c.sep.Value()
	n := len(payload)
	if r := c.handle.Value(); n > r.most || bytes.IndexByte(near(payload), sep[0]) >= 0 || n > searchNear && searchOn(payload, sep[0]) >= 0 {
		return r.of.Append(dst, payload)
	}
	return append(append(dst, payload...), sep...), nil
}

func (c parsed) String() string { return c.handle.Value().of.String() }

func (c parsed) Bound(n int) int { return c.handle.Value().of.Bound(n) }

func (c parsed) NewDecoder() Decoder { return c.handle.Value().of.NewDecoder() }

func (c parsed) Limit() int { return c.handle.Value().most }

func (c parsed) WithLimit(max int) (Codec, error) {
	with, err := c.handle.Value().of.(Limiter).WithLimit(max)
	if err != nil {
		return nil, err
	}
	return parsedOf(with), nil
}

func (c parsed) Envelope(n int) (head, tail []byte) {
	return c.handle.Value().of.(Enveloper).Envelope(n)
}

func (c parsed) summing() summing { return c.handle.Value().of.(summer).summing() }

func (c parsed) appendSummed(dst, payload []byte, sum checksum) ([]byte, error) {
	return c.handle.Value().of.(summer).appendSummed(dst, payload, sum)
}
