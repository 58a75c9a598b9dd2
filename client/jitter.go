package client

import "time"

// The ways of which there is something to tell.
func both(*worker) bool       { return true }
func upward(w *worker) bool   { return w.up }
func downward(w *worker) bool { return !w.up }

// jitterOf returns the mean of the connections of one way, by now; nil if none
// has one.
func jitterOf(workers []*worker, way func(*worker) bool) *time.Duration {
	var sum time.Duration
	n := 0
	for _, w := range workers {
		if !way(w) {
			continue
		}
		if j, ok := w.jitter(); ok {
			sum += j
			n++
		}
	}
	if n == 0 {
		return nil
	}
	return new(sum / time.Duration(n))
}

// jitter is that of datagrams without answers, or of a stream.
func (w *worker) jitter() (time.Duration, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.path.jittered {
		return w.path.jitter, true
	}
	return time.Duration(w.streamed.jitter), w.streamed.jittered
}

// jitters are those that an interval ends with.
func (t *ticker) jitters() (j Jitters) {
	switch {
	case t.cfg.Workload == Duplex && t.cfg.udp():
		j.Up, j.Down = jitterOf(t.workers, upward), jitterOf(t.workers, downward)
		fallthrough
	case t.cfg.Workload == Stream || t.cfg.udp() && t.cfg.oneWay != nil:
		j.All = jitterOf(t.workers, both)
	}
	return j
}
