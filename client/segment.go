package client

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// Segment is one of Count equal parts of a run, for one of as many instances.
// Connection g of the whole run is in segment g mod Count, with all that it
// would do there: its seed, its content, its source address, and the messages
// of the schedule that are its own. So the segments of a run are disjoint, and
// together they are the run, message for message.
//
//	connection   0 1 2 3 4 5 6
//	segment 1/3  x     x     x
//	segment 2/3    x     x
//	segment 3/3      x     x
//
// The zero value is the whole run. It is a value, shared freely.
type Segment struct {
	Index int // from 0
	Count int // 0 is 1
}

// maxSegments is as many as there may be connections: each has one at least.
const maxSegments = maxConns

// ParseSegment reads INDEX/COUNT, counted from 1: 1/3, 2/3, 3/3. It also reads
// what k6 calls an execution segment, FROM:TO, as far as such parts are equal
// and lie one beside the other: 0:1/3, 1/3:2/3, 2/3:1. An empty text is the
// whole run. (Without a colon k6 means 0:TO, which is the same for 1/3 alone.)
func ParseSegment(text string) (Segment, error) {
	fail := func(format string, args ...any) (Segment, error) {
		return Segment{}, fmt.Errorf("client: segment %.64q: "+format, append([]any{text}, args...)...)
	}
	if text == "" {
		return Segment{}, nil
	}
	if from, to, ok := strings.Cut(text, ":"); ok {
		s, err := parseSpan(from, to)
		if err != nil {
			return fail("%w", err)
		}
		return s, nil
	}
	index, count, ok := strings.Cut(text, "/")
	i, ierr := strconv.Atoi(index)
	n, nerr := strconv.Atoi(count)
	switch {
	case !ok || ierr != nil || nerr != nil:
		return fail("want INDEX/COUNT such as 1/3, or FROM:TO such as 0:1/3")
	case n < 1 || n > maxSegments:
		return fail("want 1 to %d segments", maxSegments)
	case i < 1 || i > n:
		return fail("segments count from 1: want 1/%d to %d/%d", n, n, n)
	}
	return Segment{i - 1, n}, nil
}

// parseSpan reads the two ends of a segment, fractions or decimals.
func parseSpan(from, to string) (s Segment, err error) {
	const unequal = "%s to %s is none of n equal parts, such as 1/3:2/3"
	var ends [2]*big.Rat
	for i, end := range []string{from, to} {
		// An exponent could ask for a number of a million digits.
		if strings.Trim(end, "0123456789./") != "" || len(end) > 16 {
			return s, fmt.Errorf("%.16q: want a fraction such as 1/3", end)
		}
		r, ok := new(big.Rat).SetString(end)
		if !ok || r.Cmp(big.NewRat(1, 1)) > 0 {
			return s, fmt.Errorf("%.16q: want a fraction from 0 to 1", end)
		}
		ends[i] = r
	}
	width := new(big.Rat).Sub(ends[1], ends[0])
	if width.Sign() <= 0 || !width.Num().IsInt64() || width.Num().Int64() != 1 {
		return s, fmt.Errorf(unequal, from, to)
	}
	index := new(big.Rat).Quo(ends[0], width)
	if n := width.Denom(); !index.IsInt() || !n.IsInt64() || n.Int64() > maxSegments {
		return s, fmt.Errorf(unequal, from, to)
	}
	return Segment{int(index.Num().Int64()), int(width.Denom().Int64())}, nil
}

// String returns INDEX/COUNT, counted from 1.
func (s Segment) String() string { return fmt.Sprintf("%d/%d", s.Index+1, s.count()) }

// Whole tells whether there is no other part.
func (s Segment) Whole() bool { return s.count() == 1 }

func (s Segment) count() int { return max(s.Count, 1) }

// Span returns the part of the run as fractions from 0 to 1: of 2/3 1/3 and 2/3.
func (s Segment) Span() (from, to string) {
	n := int64(s.count())
	return big.NewRat(int64(s.Index), n).RatString(), big.NewRat(int64(s.Index)+1, n).RatString()
}

// Owns tells whether thing k of the whole, from 0, is of this segment.
func (s Segment) Owns(k int64) bool { return k%int64(s.count()) == int64(s.Index) }

// At returns which thing of the whole is the j-th of this segment, both from 0.
func (s Segment) At(j int64) int64 { return int64(s.Index) + j*int64(s.count()) }

// Share returns how many of the first total things of the whole are of this
// segment. The shares of all segments add up to total, and differ by 1 at most.
func (s Segment) Share(total int64) int64 {
	n := total / int64(s.count())
	if int64(s.Index) < total%int64(s.count()) {
		n++
	}
	return n
}

// check refuses what is no segment, and one that would have nothing to do: a
// run whose connections are fewer than its segments is refused in all of them.
func (s Segment) check(conns int) error {
	switch {
	case s.Count < 0 || s.Count > maxSegments:
		return fmt.Errorf("%d segments: want 1 to %d", s.Count, maxSegments)
	case s.Index < 0 || s.Index >= s.count():
		return fmt.Errorf("segment %d of %d: want 0 to %d", s.Index, s.count(), s.count()-1)
	case s.count() > conns:
		return fmt.Errorf("segment %s: %d connections are too few for %d segments, each has one at least", s, conns, s.count())
	}
	return nil
}
