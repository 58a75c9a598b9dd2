package codec

import "encoding/binary"

// Bound returns the size on the wire of a payload of n bytes. It is exact for what Append writes; a peer that pads its lengths spends
// up to Bytes-1 more.
func (u Uvarint) Bound(n int) int { return u.Lead + uvarintLen(n) + n }

// Append appends the frame that carries payload, with the shortest spelling of its length. It fails with ErrTooLong for a payload over
// Max.
func (u Uvarint) Append(dst, payload []byte) ([]byte, error) {
	return u.appendSummed(dst, payload, checksum{})
}

func (u Uvarint) summing() summing { return summing{} }

func (u Uvarint) appendSummed(dst, payload []byte, sum checksum) ([]byte, error) {
	n := len(payload) + sum.size
	if n >= 0x80 || u.Bytes|u.Bits|u.Lead|len(u.Head)|u.Max != 0 || u.TooLong > Discard { // resolving the rules costs as much as the rest
		if limit := u.must().limit; n > limit {
			return dst, errTooLong(uint64(n), limit, nil)
		}
	}
	return append(append(u.appendHead(dst, n), payload...), sum.bytes[:sum.size]...), nil
}

// Envelope returns the head of a payload of n bytes, freshly allocated. There is no tail.
func (u Uvarint) Envelope(n int) (head, tail []byte) {
	if y := u.must(); n > y.limit {
		panic(errTooLong(uint64(n), y.limit, nil))
	}
	return u.appendHead(make([]byte, 0, u.Lead+uvarintLen(n)), n), nil
}

func (u *Uvarint) appendHead(dst []byte, n int) []byte {
	if u.Head != "" {
		dst = append(dst, u.Head...)
	} else if u.Lead > 0 {
		dst = append(dst, make([]byte, u.Lead)...)
	}
	return binary.AppendUvarint(dst, uint64(n))
}
