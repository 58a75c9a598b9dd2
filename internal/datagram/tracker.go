package datagram

import "time"

// Window is how many sequences below the greatest one a [Tracker] remembers.
const Window = 8192

// Tracker counts what came of a run, datagram by datagram, in 1 KiB whatever
// the run's length. Of the last [Window] sequences it knows which have come:
//
//	0 ... | next-Window      next-1 | next ...
//	 Late | Reordered or Duplicated | in order; what it skips is Lost until it comes
//
// The counts are exact as long as nothing comes more than Window late, and say
// how much did. The zero value is ready. One goroutine at a time may use it.
type Tracker struct {
	receipt Receipt
	next    uint64 // the greatest sequence that came + 1; 0: none came
	came    [Window / 64]uint64
	delayed uint64  // datagrams that the delays tell of
	sum     float64 // of the delays in nanoseconds
	jitter  Jitter
}

// Add counts a datagram with a payload of n bytes that was delay under way, and
// tells whether it came for the first time; of a late one nobody knows: no.
func (t *Tracker) Add(sequence uint64, n int, delay time.Duration) (first bool) {
	r := &t.receipt
	if sequence == 1<<64-1 {
		sequence-- // so that next is a number; nobody gets there by counting
	}
	if t.delayed == 0 || delay < r.DelayMin {
		r.DelayMin = delay
	}
	if t.delayed == 0 || delay > r.DelayMax {
		r.DelayMax = delay
	}
	t.delayed++
	t.sum += float64(delay)
	r.Received++
	r.Bytes += uint64(n)
	word, bit := &t.came[sequence/64%uint64(len(t.came))], uint64(1)<<(sequence%64)
	switch {
	case sequence >= t.next:
		t.jitter.Add(delay)
		t.forget(sequence)
		r.Lost += sequence - t.next
		t.next = sequence + 1
	case t.next-sequence > Window:
		r.Late++
		return false
	case *word&bit != 0:
		r.Duplicated++
		return false
	default:
		r.Reordered++
		r.Lost--
	}
	*word |= bit
	return true
}

// forget clears the marks of next to sequence, which stand for sequences a
// window earlier.
func (t *Tracker) forget(sequence uint64) {
	if sequence-t.next >= Window {
		clear(t.came[:])
		return
	}
	for s := t.next; s <= sequence; {
		word := &t.came[s/64%uint64(len(t.came))]
		if s%64 == 0 && sequence-s >= 63 {
			*word, s = 0, s+64
		} else {
			*word &^= 1 << (s % 64)
			s++
		}
	}
}

// Receipt returns the counts so far.
func (t *Tracker) Receipt() Receipt {
	r := t.receipt
	if t.next > 0 {
		r.Highest = t.next - 1
	}
	if t.delayed > 0 {
		r.DelayMean = time.Duration(t.sum / float64(t.delayed))
	}
	r.Jitter = t.jitter.Mean()
	return r
}

// ForgetDelays makes the delays and the jitter those of what comes from now on.
// The counts stay.
func (t *Tracker) ForgetDelays() {
	t.delayed, t.sum, t.jitter = 0, 0, Jitter{}
	t.receipt.DelayMin, t.receipt.DelayMax = 0, 0
}
