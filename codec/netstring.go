package codec

import (
	"strconv"
)

// Netstring is D. J. Bernstein's framing (cr.yp.to/proto/netstrings.txt): the length in decimal, a colon, the payload, a comma. The
// zero value has a Max of DefaultMax.
//
//	2 : h i ,
//	0 : ,
//
// It is strict: no leading zeros, so a payload has one spelling; no sign, no blank. Digits are counted before they are converted, and
// more of them than Max has are ErrTooLong.
//
// What it cannot do: go on after damage. A lost or inserted byte kills the stream, though the digits and the comma nearly always show
// it before garbage is delivered: in trials not one lost byte and 5 inserted ones of 1000 led to a wrong frame. A flipped byte in a
// payload is never noticed.
type Netstring struct {
	Max     int     // greatest payload in bytes; 0 means DefaultMax
	TooLong TooLong // what follows a payload over Max. With Discard a length of more than 18 digits is still fatal
}

// Validate reports what makes s impossible, as an ErrSpec. The methods that encode and decode panic on an impossible Netstring.
func (s Netstring) Validate() error {
	_, err := s.rules()
	return err
}

func (s Netstring) rules() (limit int, err error) {
	limit = s.Max
	if limit == 0 {
		limit = DefaultMax
	}
	if err := s.TooLong.check(); err != nil {
		return 0, err
	}
	return limit, checkMax(limit)
}

// Limit returns the greatest payload in bytes.
func (s Netstring) Limit() int {
	limit, err := s.rules()
	if err != nil {
		panic(err)
	}
	return limit
}

// WithLimit returns s with another Max.
func (s Netstring) WithLimit(max int) (Codec, error) {
	s.Max = max
	return s, s.Validate()
}

// String returns netstring, with the keys that are not the defaults.
func (s Netstring) String() string { return specOf("netstring", s.Max, s.TooLong) }

func parseNetstring(a *args) (Codec, error) {
	s := Netstring{Max: a.max(0), TooLong: a.tooLong()}
	return s, s.Validate()
}

// digits is the length of n in decimal.
func digits(n int) int {
	size := 1
	for ; n >= 10; n /= 10 {
		size++
	}
	return size
}

// Bound returns the size on the wire of a payload of n bytes, exactly.
func (s Netstring) Bound(n int) int { return digits(n) + 1 + n + 1 }

// Append appends the frame that carries payload. It fails with ErrTooLong for a payload over Max.
func (s Netstring) Append(dst, payload []byte) ([]byte, error) {
	return s.appendSummed(dst, payload, checksum{})
}

func (s Netstring) summing() summing { return summing{} }

func (s Netstring) appendSummed(dst, payload []byte, sum checksum) ([]byte, error) {
	n := len(payload) + sum.size
	if limit := s.Limit(); n > limit {
		return dst, errTooLong(uint64(n), limit, nil)
	}
	dst = append(strconv.AppendInt(dst, int64(n), 10), ':')
	return append(append(append(dst, payload...), sum.bytes[:sum.size]...), ','), nil
}

var comma = []byte{','}

// Envelope returns the head of a payload of n bytes, freshly allocated, and the comma.
func (s Netstring) Envelope(n int) (head, tail []byte) {
	if limit := s.Limit(); n > limit {
		panic(errTooLong(uint64(n), limit, nil))
	}
	return append(strconv.AppendInt(make([]byte, 0, digits(n)+1), int64(n), 10), ':'), comma[:1:1]
}
