package client

import (
	"net"
	"sync/atomic"
	"time"
)

// On loopback the receiver's wake-ups are the first cost of a bulk transfer:
// reading as soon as something is there makes one stream half as fast as
// waiting for a few MiB. The wait is bounded by time, not by bytes, so that a
// slow path is still seen to move.
const (
	wakeSpan = time.Millisecond      // what arrives in this time is worth a wake-up,
	wakeMost = 4 << 20               // but not more bytes than this (measured: 1 MiB is 15 % slower, 8 MiB no faster)
	wakeLess = 64 << 10              // and so few are not worth the waiting
	rateSpan = 10 * time.Millisecond // how long the rate is measured before it counts
)

// unixRead is how much one read of a bulk transfer takes from a unix socket. No
// low-water mark holds back its wake-ups, so what counts is that bytes are
// verified while they are in the cache; those of reads of 1 MiB have left it.
const unixRead = 128 << 10

// lowat keeps a bulk connection's SO_RCVLOWAT at what its rate makes worth a
// wake-up. It must not be used where latency is measured. One goroutine uses
// it, but for slowed.
type lowat struct {
	nc    net.Conn
	set   int64       // as it stands in the kernel
	worth int64       // what the rate suggests
	stale atomic.Bool // the run has found that nothing arrives any more
	off   bool        // the system has none

	since time.Time
	bytes int64
}

func newLowat(nc net.Conn) *lowat {
	_, unix := nc.(*net.UnixConn)
	return &lowat{nc: nc, set: 1, worth: 1, off: unix, since: time.Now()}
}

// await is called before a read, when owed bytes at least are still to come:
// waiting for more would be for ever.
func (l *lowat) await(owed int64) {
	if l.off {
		return
	}
	if l.stale.Swap(false) {
		l.set, l.worth, l.since, l.bytes = 1, 1, time.Now(), 0
	}
	if n := max(1, min(l.worth, owed)); n != l.set {
		l.off = !setRcvlowat(l.nc, int(n))
		l.set = n
	}
}

// arrived is called after a read.
func (l *lowat) arrived(n int) {
	if l.bytes += int64(n); l.off {
		return
	}
	now := time.Now()
	took := now.Sub(l.since)
	if took < rateSpan {
		return
	}
	worth := int64(float64(l.bytes) * float64(wakeSpan) / float64(took))
	if worth = min(worth, wakeMost); worth < wakeLess {
		worth = 1
	}
	// Not for every change: it costs a system call.
	if worth == 1 || worth == wakeMost || worth > 2*l.worth || worth < l.worth/2 {
		l.worth = worth
	}
	l.since, l.bytes = now, 0
}

// slowed is called by the run when nothing has been read for a while: what has
// arrived since is to be read now, however little. Any goroutine may call it.
func (l *lowat) slowed() {
	l.stale.Store(true)
	setRcvlowat(l.nc, 1)
}
