//go:build unix && !linux

package server

import (
	"net"
	"time"

	"golang.org/x/sys/unix"
)

// setListenerOptions sets what accepted connections inherit. (macOS lets them
// inherit nothing; a peer that vanishes there is found by the timeouts.)
func setListenerOptions(fd int) {
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1)
}

// TCP_NOTSENT_LOWAT is missing here or is not inherited from the listener; the
// kernel's own limits have to do.
func setNotsentLowat(net.Conn, int) {}

// What a unix socket holds was measured on Linux alone.
func growSendBuffer(net.Conn, int) int { return 0 }

func setSendBuffer(net.Conn, int) {}

// acceptedKeepAlive is for net's accept: not every system lets a connection
// inherit it.
const acceptedKeepAlive = keepIdle * time.Second
