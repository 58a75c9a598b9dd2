package codec

// walker reports whether d is a decoder that walk knows.
func walker(d Decoder) bool {
	switch d := d.(type) {
	case *lengthDecoder, *uvarintDecoder, *lineDecoder, *delimDecoder, *netstringDecoder, *fixedDecoder:
		return true
	case *crcDecoder:
		return walker(d.in)
	}
	return false
}

// walk yields the frames that lie whole in chunk and are as they should be, at less cost than a Decode each. It returns the rest, and
// false when the loop was left. Whatever is out of the ordinary stays in the rest for Decode.
//
// It is a switch over types and no interface: a call through one would let yield escape, and each loop over Feed would allocate.
func walk(d Decoder, chunk []byte, yield func([]byte, error) bool) (rest []byte, more bool) {
	switch d := d.(type) {
	case *lengthDecoder:
		if d.walks() {
			return d.walk(chunk, yield)
		}
	case *uvarintDecoder:
		if d.walks() {
			return d.walk(chunk, yield)
		}
	case *lineDecoder:
		if d.walks() {
			return d.walk(chunk, yield)
		}
	case *delimDecoder:
		if d.walks() {
			return d.walk(chunk, yield)
		}
	case *netstringDecoder:
		if d.walks() {
			return d.walk(chunk, yield)
		}
	case *fixedDecoder:
		return d.walk(chunk, yield)
	case *crcDecoder:
		return d.walk(chunk, yield)
	}
	return chunk, true
}
