package server

import (
	"net/netip"
	"sync"
	"time"
)

// udpBudget bounds what one address is sent in a second, in memory that does
// not grow with the number of addresses. An address has a bucket of a second's
// worth; after a second of silence it is full again, so that it can be
// forgotten:
//
//	now    the addresses of this second, at most budgetAddresses
//	last   those of the second before
//	rest   all others of this second share one bucket
//
// A flood of forged addresses therefore takes from other new addresses, and
// neither memory nor anything from those that were there.
type udpBudget struct {
	rate float64 // bytes/s

	mu        sync.Mutex
	began     time.Time
	now, last map[netip.Addr]*bucket
	rest      bucket
}

const budgetAddresses = 4096

type bucket struct {
	left float64
	at   time.Time
}

func newUDPBudget(rate int64) *udpBudget { return &udpBudget{rate: float64(rate)} }

// take takes n bytes to an address, or tells how long it has to wait for them.
// More than a full bucket is let through by a full bucket.
func (b *udpBudget) take(a netip.Addr, n int, now time.Time) (wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	k := b.bucket(budgetKey(a), now)
	if d := now.Sub(k.at); d > 0 {
		k.left, k.at = min(b.rate, k.left+d.Seconds()*b.rate), now
	}
	if k.left < min(float64(n), b.rate) {
		return time.Duration((min(float64(n), b.rate)-k.left)/b.rate*1e9) + 1
	}
	k.left -= float64(n)
	return 0
}

func (b *udpBudget) bucket(a netip.Addr, now time.Time) *bucket {
	if d := now.Sub(b.began); d >= time.Second {
		b.last, b.now = b.now, make(map[netip.Addr]*bucket)
		if d >= 2*time.Second {
			b.last = nil
		}
		b.began = now
	}
	k := b.now[a]
	if k != nil {
		return k
	}
	if k = b.last[a]; k == nil {
		if len(b.now) >= budgetAddresses {
			return &b.rest
		}
		k = &bucket{b.rate, now}
	}
	if len(b.now) < 2*budgetAddresses { // those of the last second have their place
		b.now[a] = k
	}
	return k
}

// budgetKey is what counts as one address: of IPv6 the network that one host
// has.
func budgetKey(a netip.Addr) netip.Addr {
	if a.Is6() {
		p, _ := a.WithZone("").Prefix(64)
		return p.Addr()
	}
	return a
}
