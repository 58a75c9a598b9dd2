package server

import (
	"sync/atomic"
	"time"
)

// recordQueue takes records from the loops, which must not wait, to the one
// goroutine that calls Config.OnRecord, which may.
type recordQueue struct {
	ch      chan Record // nil: nobody wants records
	done    chan struct{}
	taken   *atomic.Int64
	dropped *atomic.Int64
}

// recordQueueLen is how many records wait for OnRecord before more are lost,
// and counted as lost.
const recordQueueLen = 1024

func newRecordQueue(want func(Record), k *counters) recordQueue {
	q := recordQueue{taken: &k.Records, dropped: &k.RecordsLost}
	if want == nil {
		return q
	}
	q.ch, q.done = make(chan Record, recordQueueLen), make(chan struct{})
	go func() {
		defer close(q.done)
		for r := range q.ch {
			want(r)
		}
	}()
	return q
}

func (q *recordQueue) put(r Record) {
	q.taken.Add(1)
	if q.ch == nil {
		return
	}
	select {
	case q.ch <- r:
	default:
		q.dropped.Add(1)
	}
}

// close waits until OnRecord has had every record, no longer than patience, and
// returns whether it has. Nobody puts any more.
func (q *recordQueue) close(patience time.Duration) bool {
	if q.ch == nil {
		return true
	}
	close(q.ch)
	select {
	case <-q.done:
		return true
	case <-time.After(patience):
		return false
	}
}
