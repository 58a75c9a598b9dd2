package codec

// effort is a decoder that counts what it does to bytes, beside delivering them. Every decoder of this package is one; tests and
// benchmarks hold the totals against the bytes that came, so that a byte which is looked at again for each piece that arrives, or
// copied twice, is a number and not a matter of the machine's speed. The counters cost a few additions a frame.
type effort interface {
	// effort returns, since the decoder was made: the bytes looked at for a delimiter, a length or an escape, each as often as it was
	// looked at, and the bytes copied into memory of the decoder's own. A checksum over a payload is neither.
	effort() (scanned, copied int64)
}

// tally is what a carry did to bytes.
type tally struct {
	copied int64 // bytes that came and were put into the carry
	moved  int64 // held bytes that went to a larger buffer, or to the front of the same one
}

// Effort returns what decoding has cost since the start of a connection, in bytes: scanned were looked at for a delimiter, a length or
// an escape, each as often as it was looked at; copied were put into memory of the decoder or of the carry; moved are those that the
// carry had to move besides. A checksum over a payload is none of them. It is false for a decoder that does not count, which is one
// from outside this package. It is for measurements, as are those of package bench.
func Effort(s *Stream) (scanned, copied, moved int64, ok bool) {
	e, ok := s.dec.(effort)
	if !ok {
		return 0, 0, 0, false
	}
	scanned, copied = e.effort()
	return scanned, copied + s.carry.copied, s.carry.moved, true
}
