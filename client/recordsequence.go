package client

// sequenceWindow is how far behind the highest number one is still known to
// have come or not.
const sequenceWindow = 1 << 16

// recordSequence follows the numbers of one run, which may come in any order,
// several times, or not at all.
//
//	lost = high - first + 1 - distinct
//
// A number that is more than the window behind may be late or a repetition:
// nobody remembers. It is counted apart, and stays lost.
type recordSequence struct {
	first, high                     int64
	distinct                        int64 // numbers that have come
	duplicated, reordered, outdated int64
	seen                            [sequenceWindow / 64]uint64 // number n, modulo the window
}

func newRecordSequence(n int64) *recordSequence {
	s := &recordSequence{first: n, high: n, distinct: 1}
	s.mark(n)
	return s
}

func (s *recordSequence) take(n int64) {
	switch {
	case n > s.high:
		s.forget(n)
		s.high = n
		s.distinct++
	case s.high-n >= sequenceWindow:
		s.outdated++
		return
	case s.marked(n):
		s.duplicated++
		return
	default:
		s.reordered++
		s.distinct++
		s.first = min(s.first, n)
	}
	s.mark(n)
}

// lost returns how many numbers between the first and the highest have not
// come. Those before the first, and behind the highest, are not known of.
func (s *recordSequence) lost() int64 { return s.high - s.first + 1 - s.distinct }

// forget makes room in the window for the numbers up to n.
func (s *recordSequence) forget(n int64) {
	if n-s.high >= sequenceWindow {
		clear(s.seen[:])
		return
	}
	for i := s.high + 1; i < n; i++ {
		s.seen[i%sequenceWindow/64] &^= 1 << (i % 64)
	}
}

func (s *recordSequence) mark(n int64) { s.seen[n%sequenceWindow/64] |= 1 << (n % 64) }

func (s *recordSequence) marked(n int64) bool { return s.seen[n%sequenceWindow/64]&(1<<(n%64)) != 0 }
