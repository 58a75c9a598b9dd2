package codec

// Effort is what decoding has cost since the start of a connection, for the tests and benchmarks, which see this package from outside:
// scanned and copied as the interface effort has them, copied with what the carry took in, and moved, what the carry had to move
// besides. It is false for a decoder that does not count.
func Effort(s *Stream) (scanned, copied, moved int64, ok bool) {
	e, ok := s.dec.(effort)
	if !ok {
		return 0, 0, 0, false
	}
	scanned, copied = e.effort()
	return scanned, copied + s.carry.copied, s.carry.moved, true
}
