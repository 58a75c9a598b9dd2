package server

import (
	"sync/atomic"
	"time"
)

// sampleTurns is how many turns of a loop one is timed of: to read the clock
// twice costs as much as a tenth of a small turn.
const sampleTurns = 64

// TurnBounds are the upper bounds of the buckets of [Turns], in seconds.
var TurnBounds = [...]float64{10e-6, 25e-6, 50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3, 100e-3, 1}

// Turns tells how long the loops were busy with one connection at a time: so
// long the others of that loop wait. One turn of 64 is timed.
type Turns struct {
	Count   int64                  // turns timed
	Sum     time.Duration          // of these
	Buckets [len(TurnBounds)]int64 // turns of at most TurnBounds[i], cumulative
}

// turns are those of one loop.
type turns struct {
	seen    uint32
	sum     atomic.Int64
	buckets [len(TurnBounds) + 1]atomic.Int64 // not cumulative; the last is beyond all bounds
}

// begin returns the time if this turn is to be timed, the zero time if not.
func (t *turns) begin() time.Time {
	if t.seen++; t.seen%sampleTurns != 0 {
		return time.Time{}
	}
	return time.Now()
}

func (t *turns) end(begin time.Time) {
	if begin.IsZero() {
		return
	}
	d := time.Since(begin)
	t.sum.Add(int64(d))
	i := 0
	for i < len(TurnBounds) && d.Seconds() > TurnBounds[i] {
		i++
	}
	t.buckets[i].Add(1)
}

// Turns returns the turns of all loops. Any goroutine may call it.
func (s *Server) Turns() (all Turns) {
	for l := range s.loops() {
		all.Sum += time.Duration(l.turns.sum.Load())
		below := int64(0)
		for i := range l.turns.buckets {
			below += l.turns.buckets[i].Load()
			if i < len(TurnBounds) {
				all.Buckets[i] += below
			}
		}
		all.Count += below
	}
	return all
}
