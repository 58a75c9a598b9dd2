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

	// unixBuffer is what a fast reader's unix socket may hold (SO_SNDBUF; the
	// kernel doubles it, and has a limit of its own). Such a socket has a
	// buffer of one size, and wakes its writer when three quarters are read:
	// what is left of the usual 208 KiB is read before the writer runs again.
	unixBuffer = 1 << 20
)

// haste lifts the bound on what the kernel holds for a connection while its
// peer proves to be fast. The zero value is an unproved peer.
type haste struct {
	lifted bool
	buffer int // of a unix socket, as it was: SO_SNDBUF
	bytes  int
	took   time.Duration
}

// wrote tells of a write of n bytes that took d.
func (h *haste) wrote(nc net.Conn, n int, d time.Duration) {
	if h.lifted {
		if d >= slowTime {
			h.bound(nc)
		}
		return
	}
	h.bytes += n
	h.took += d
	if h.bytes < hasteProof {
		return
	}
	if h.took <= hasteTime {
		h.lift(nc)
	}
	h.bytes, h.took = 0, 0
}

func (h *haste) lift(nc net.Conn) {
	h.lifted = true
	if _, ok := nc.(*net.UnixConn); ok {
		h.buffer = growSendBuffer(nc, unixBuffer)
	} else {
		setNotsentLowat(nc, 0)
	}
}

// bound makes the connection again as it was.
func (h *haste) bound(nc net.Conn) {
	switch {
	case !h.lifted:
	case h.buffer > 0:
		setSendBuffer(nc, h.buffer)
	default:
		setNotsentLowat(nc, notsentLowat)
	}
	*h = haste{}
}
