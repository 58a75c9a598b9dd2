package codec

// skip is how many bytes are still to come of a frame that is being discarded, where its length is known.
type skip uint64

// drop takes what buf has of the frame.
func (s *skip) drop(buf []byte) int {
	n := int(min(uint64(len(buf)), uint64(*s)))
	*s -= skip(n)
	return n
}

func (t TooLong) check() error {
	if t > Discard {
		return specErrorf("toolong=%d: must be fatal or discard", t)
	}
	return nil
}
