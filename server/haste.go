package server

import (
	"net"
	"time"
)

const (
	// keepIdle is after how many seconds of silence the kernel asks whether the
	// peer is still there.
	keepIdle = 30

	// notsentLowat bounds the bytes that a socket holds beyond those in
	// flight (TCP_NOTSENT_LOWAT). Without it a thousand peers that do not read
	// pin gigabytes in the kernel; with it a fast reader gets up to 40 % less.
	notsentLowat = 256 << 10

	// A reader is fast when it takes hasteProof bytes in hasteTime or less
	// (256 MiB/s: beyond that the bound begins to cost), and no longer fast when one write takes slowTime.
	hasteProof = 8 << 20
	hasteTime  = hasteProof * time.Second / (256 << 20)
	slowTime   = time.Second
)

// haste lifts the bound on a connection's unsent bytes while its peer proves
// to be fast. The zero value is an unproved peer.
type haste struct {
	lifted bool
	bytes  int
	took   time.Duration
}

// wrote tells of a write of n bytes that took d.
func (h *haste) wrote(nc net.Conn, n int, d time.Duration) {
	if h.lifted {
		if d >= slowTime {
			*h = haste{}
			setNotsentLowat(nc, notsentLowat)
		}
		return
	}
	h.bytes += n
	h.took += d
	if h.bytes < hasteProof {
		return
	}
	if h.took <= hasteTime {
		h.lifted = true
		setNotsentLowat(nc, 0)
	}
	h.bytes, h.took = 0, 0
}
