package codec

import "math"

// TooLong says what follows a frame over the limit. The zero value is Fatal.
type TooLong uint8

const (
	Fatal   TooLong = iota // the stream is dead
	Discard                // that frame is skipped, unbuffered, with one error
)

// skip is how many bytes are still to come of a frame that is being discarded, where its length is known.
type skip uint64

// drop takes what buf has of the frame.
func (s *skip) drop(buf []byte) int {
	n := int(min(uint64(len(buf)), uint64(*s)))
	*s -= skip(n)
	return n
}

// addClip is v + n, held inside uint64. No stream is long enough to tell the difference.
func addClip(v uint64, n int) uint64 {
	switch {
	case n >= 0 && v > math.MaxUint64-uint64(n):
		return math.MaxUint64
	case n < 0 && v < uint64(-n):
		return 0
	}
	return v + uint64(n)
}

func (t TooLong) check() error {
	if t > Discard {
		return specErrorf("toolong=%d: must be fatal or discard", t)
	}
	return nil
}
