package client

import "github.com/loadframe/loadframe/internal/datagram"

// recordSequence follows the numbers of one run, which may come in any order,
// several times, or not at all. The receiver may have begun after the sender:
// what is lost counts from the least number that has come.
//
//	base ... | first ... highest
//	not sent, or missed before the receiver was there
type recordSequence struct {
	datagram.Tracker
	base     int64 // the tracker's 0
	first    int64 // the least number that has come
	outdated int64 // numbers below base
}

func newRecordSequence(n int64) *recordSequence {
	// Half a window below it, there is room for those that the first one overtook.
	s := &recordSequence{base: max(0, n-datagram.Window/2), first: n}
	s.take(n)
	return s
}

func (s *recordSequence) take(n int64) {
	if n < s.base {
		s.outdated++
		return
	}
	s.first = min(s.first, n)
	s.Add(uint64(n-s.base), 0, 0)
}

// lost returns how many numbers between the least and the greatest that came
// have not.
func (s *recordSequence) lost() int64 { return int64(s.Receipt().Lost) - (s.first - s.base) }
