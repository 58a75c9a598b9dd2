package datagram

import "time"

// Jitter is how much the time that datagrams are under way varies: a running
// mean of the differences from one to the next, of which each weighs a sixteenth
// (RFC 3550, section 6.4.1). The clocks of the two ends need not agree. The zero
// value is ready.
type Jitter struct {
	mean float64 // ns
	last time.Duration
	any  bool
}

// Add takes how long the next one was under way.
func (j *Jitter) Add(transit time.Duration) {
	if j.any {
		j.mean += (float64(max(transit-j.last, j.last-transit)) - j.mean) / 16
	}
	j.last, j.any = transit, true
}

// Mean returns the jitter so far; 0 of fewer than two.
func (j *Jitter) Mean() time.Duration { return time.Duration(j.mean) }
