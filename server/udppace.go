package server

import "time"

// udpPace spreads datagrams evenly over time, in groups of about a
// millisecond's. The k-th is due at start + k*gap, so that a late timer does
// not slow the rest down; but after a long pause (the process did not run) at
// most a burst is sent at once and the rest of the pause is lost: the peer
// would lose what does not fit into its buffer.
type udpPace struct {
	start time.Time
	gap   float64 // nanoseconds
	group uint64
	burst uint64
}

// udpBurst is how many bytes are sent at once, or two milliseconds' worth if
// that is more: a third of the usual receive buffer, in which a datagram takes
// more than twice its length.
const udpBurst = 32 << 10

func newUDPPace(rate int64, size int) udpPace {
	perMS := float64(rate) / 1000
	p := udpPace{gap: float64(size) / float64(rate) * 1e9}
	p.burst = max(1, uint64(max(udpBurst, 2*perMS)/float64(size)))
	p.group = max(1, min(p.burst/2, uint64(perMS/float64(size))))
	return p
}

// due returns how many datagrams are to be sent now, when so many have been;
// or how long to wait.
func (p *udpPace) due(now time.Time, sent uint64) (k uint64, wait time.Duration) {
	if p.start.IsZero() {
		p.start = now
	}
	passed := float64(now.Sub(p.start))
	if k = uint64(passed / p.gap); k <= sent {
		return 0, time.Duration(float64(sent+p.group)*p.gap-passed) + 1
	}
	if k -= sent; k > p.burst {
		k = p.burst
		p.start = now.Add(-time.Duration(float64(sent+k) * p.gap))
	}
	return k, 0
}
