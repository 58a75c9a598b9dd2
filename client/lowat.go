package client

import "net"

// wakeBytes is how many bytes are worth waking a bulk receiver for. On
// loopback this alone makes one stream up to twice as fast: the receiver's
// wake-ups are the first cost, and the kernel sizes the receive buffer for it.
const wakeBytes = 1 << 20

// lowat keeps a connection's SO_RCVLOWAT. It must not be used where latency is
// measured.
type lowat struct {
	nc  net.Conn
	now int64 // as set; 0: not yet, or the system has none
	off bool
}

func newLowat(nc net.Conn) *lowat { return &lowat{nc: nc} }

// set asks to be woken for wakeBytes, or for what is owed if that is less.
func (l *lowat) set(owed int64) {
	n := max(1, min(wakeBytes, owed))
	if l.off || n == l.now {
		return
	}
	if l.off = !setRcvlowat(l.nc, int(n)); !l.off {
		l.now = n
	}
}
