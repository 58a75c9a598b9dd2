package codec

import (
	"fmt"
	"strings"
)

// Bound returns the size on the wire of a payload of n bytes with the longest delimiter, with Keep and several delimiters a little
// more: so many bytes a decoder may have to see. With one delimiter it is exact.
func (d Delim) Bound(n int) int {
	shortest, longest := len(d.Sep), len(d.Sep)
	for _, s := range d.Also {
		if s != "" {
			shortest, longest = min(shortest, len(s)), max(longest, len(s))
		}
	}
	if d.Keep {
		return n + longest - shortest
	}
	return n + longest
}

// Append appends payload and Sep, with Keep payload alone. It fails as Check does.
func (d Delim) Append(dst, payload []byte) ([]byte, error) {
	if err := d.Check(payload); err != nil {
		return dst, err
	}
	dst = append(dst, payload...)
	if d.Keep {
		return dst, nil
	}
	return append(dst, d.Sep...), nil
}

func (d Delim) summing() summing { return summing{digits: true, resyncs: true} }

// checkDigits reports why a checksum, which is written as digits, cannot stand before a delimiter. With a digit in a delimiter it
// would depend on the checksum whether a payload can be carried.
func (d Delim) checkDigits() error {
	if d.Keep {
		return specErrorf("%s: a delimiter that is part of the payload has no room for a checksum before it", d)
	}
	for _, sep := range append(d.Also[:], d.Sep) {
		if i := strings.IndexAny(sep, "0123456789abcdef"); i >= 0 {
			return specErrorf("%s: the delimiter %x holds 0x%02x, a digit of a checksum", d, sep, sep[i])
		}
	}
	return nil
}

// appendSummed need not look at the sum: no delimiter holds a digit.
func (d Delim) appendSummed(dst, payload []byte, sum checksum) ([]byte, error) {
	if err := d.check(payload, sum.size); err != nil {
		return dst, err
	}
	return append(append(append(dst, payload...), sum.bytes[:sum.size]...), d.Sep...), nil
}

// Check returns ErrTooLong for a payload over Max, ErrBadFrame for one that would not arrive as it is: since it holds a delimiter,
// makes one with the beginning of Sep, or, with Keep, does not end with the only one in it.
func (d Delim) Check(payload []byte) error { return d.check(payload, 0) }

// check is Check of a payload with a sum of so many digits behind it.
func (d Delim) check(payload []byte, sum int) error {
	if n, limit := len(payload)+sum, d.Limit(); n > limit {
		return errTooLong(uint64(n), limit, nil)
	}
	var m matcher
	d.matcher(&m)
	at, size := m.find(payload)
	switch {
	case d.Keep && size == 0:
		return fmt.Errorf("%w: a payload of %d bytes without a delimiter at its end", ErrBadFrame, len(payload))
	case d.Keep && at+size < len(payload):
		return fmt.Errorf("%w: bytes %d to %d of %d of the payload are a delimiter, % x", ErrBadFrame, at, at+size-1, len(payload), payload[at:at+size])
	case d.Keep:
		return nil
	case size > 0:
		return fmt.Errorf("%w: at byte %d of the payload is a delimiter, % x", ErrBadFrame, at, payload[at:at+size])
	case sum > 0:
		return nil
	}
	if at = m.across(payload, at, d.Sep); at >= 0 {
		return fmt.Errorf("%w: from byte %d on the payload, % x, makes a delimiter with the % x behind it", ErrBadFrame, at, payload[at:], d.Sep)
	}
	return nil
}

// Envelope returns no head, and Sep, freshly allocated, or nothing with Keep. The payload must have passed Check.
func (d Delim) Envelope(n int) (head, tail []byte) {
	if limit := d.Limit(); n > limit {
		panic(errTooLong(uint64(n), limit, nil))
	}
	if d.Keep {
		return nil, nil
	}
	return nil, []byte(d.Sep)
}
