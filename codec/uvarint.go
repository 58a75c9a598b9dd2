package codec

import (
	"encoding/hex"
	"fmt"
	"math/bits"
)

// Uvarint is a framing whose length has as many bytes as it needs: base 128, the least significant group of seven bits first, the top
// bit set in every byte but the last (LEB128). The zero value is the delimited form of Protocol Buffers: at most five bytes and 32
// bits, payloads of at most DefaultMax.
//
//	2 bytes      02 | h i
//	300 bytes    ac 02 | ...              0x2c + 2<<7
//
//	Uvarint{Lead: 1, Head: "\x30", Bytes: 4}           MQTT 5.0, 1.5.5 and 2.1.4: one octet, then at most four bytes
//	2 bytes      30 | 02 | h i
//
// What it cannot do: find a frame again. A lost or inserted byte makes payload be read as lengths, and all that follows is garbage that
// looks right: in trials it was delivered as frames 97 times in 100 before the stream died of an impossible length. A flipped byte in
// a payload is never noticed, one in a length is as bad as a lost byte. Any byte below 80 is a length, so a wrong peer is seldom
// recognized. And one length has several spellings unless Minimal refuses all but the shortest, which is what Append writes.
//
// Uvarint is comparable, and immutable once used.
type Uvarint struct {
	Bytes   int     // most bytes of the length, 1 to 10; 0 means 5
	Bits    int     // most bits of its value, 1 to 64; 0 means 32. More are ErrBadLength
	Minimal bool    // a length that could be spelled shorter is ErrBadLength
	Lead    int     // bytes before the length, at most 65535. They are not delivered
	Head    string  // what Append puts there; empty means zeros, else Lead bytes. Decoding does not compare it
	Max     int     // greatest payload in bytes; 0 means DefaultMax. Clipped to what the length can tell
	TooLong TooLong // what follows a payload over Max
}

// uvarintRules are a Uvarint with its defaults resolved.
type uvarintRules struct {
	bytes, bits, lead int
	limit             int // greatest payload
	minimal           bool
}

// Validate reports what makes u impossible, as an ErrSpec. The methods that encode and decode panic on an impossible Uvarint.
func (u Uvarint) Validate() error {
	_, err := u.rules()
	return err
}

func (u *Uvarint) rules() (y uvarintRules, err error) {
	y = uvarintRules{bytes: u.Bytes, bits: u.Bits, lead: u.Lead, limit: u.Max, minimal: u.Minimal}
	if y.bytes == 0 {
		y.bytes = 5
	}
	if y.bits == 0 {
		y.bits = 32
	}
	if y.limit == 0 {
		y.limit = DefaultMax
	}
	switch {
	case y.bytes < 1 || y.bytes > 10:
		return y, specErrorf("bytes=%d: must be 1 to 10", u.Bytes)
	case y.bits < 1 || y.bits > 64:
		return y, specErrorf("bits=%d: must be 1 to 64", u.Bits)
	case u.Lead < 0 || u.Lead > maxHead:
		return y, specErrorf("lead=%d: must be 0 to %d", u.Lead, maxHead)
	case u.Head != "" && len(u.Head) != u.Lead:
		return y, specErrorf("head is %d bytes, lead=%d", len(u.Head), u.Lead)
	}
	if err := u.TooLong.check(); err != nil {
		return y, err
	}
	if err := checkMax(y.limit); err != nil {
		return y, err
	}
	if n := min(y.bits, 7*y.bytes); n < 31 { // MaxMax has 31 bits
		y.limit = min(y.limit, 1<<n-1)
	}
	return y, nil
}

func (u *Uvarint) must() uvarintRules {
	y, err := u.rules()
	if err != nil {
		panic(err)
	}
	return y
}

// Limit returns the greatest payload in bytes: Max, or less if the length cannot tell as much.
func (u Uvarint) Limit() int { return u.must().limit }

// WithLimit returns u with another Max.
func (u Uvarint) WithLimit(max int) (Codec, error) {
	u.Max = max
	return u, u.Validate()
}

// uvarintLen is the size of the shortest spelling of n.
func uvarintLen(n int) int { return (bits.Len64(uint64(n)|1) + 6) / 7 }

func parseUvarint(a *args) (Codec, error) {
	var u Uvarint
	if n := a.integer("bytes", 5, 1, 10); n != 5 { // a default is left zero, so that equal framings are equal values
		u.Bytes = n
	}
	if n := a.integer("bits", 32, 1, 64); n != 32 {
		u.Bits = n
	}
	u.Minimal = a.flag("minimal")
	u.Lead = a.integer("lead", 0, 0, maxHead)
	u.Head = a.bytes("head")
	u.Max = a.max(0)
	u.TooLong = a.tooLong()
	if a.err != nil {
		return nil, a.err
	}
	if err := u.Validate(); err != nil {
		return nil, err
	}
	return u, nil
}

// String returns the shortest spec that Parse reads as this framing.
func (u Uvarint) String() string {
	var keys []string
	add := func(format string, value any) { keys = append(keys, fmt.Sprintf(format, value)) }
	if u.Bytes != 0 && u.Bytes != 5 {
		add("bytes=%d", u.Bytes)
	}
	if u.Bits != 0 && u.Bits != 32 {
		add("bits=%d", u.Bits)
	}
	if u.Minimal {
		keys = append(keys, "minimal")
	}
	if u.Lead != 0 {
		add("lead=%d", u.Lead)
	}
	if u.Head != "" {
		add("head=%s", hex.EncodeToString([]byte(u.Head)))
	}
	return specOf("uvarint", u.Max, u.TooLong, keys...)
}
