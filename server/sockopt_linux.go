package server

import (
	"net"

	"golang.org/x/sys/unix"
)

// setListenerOptions sets what accepted connections inherit.
func setListenerOptions(fd int) {
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1)
	_ = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, keepIdle)
	_ = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, notsentLowat)
}

// setNotsentLowat sets the bound on unsent bytes; 0 lifts it.
func setNotsentLowat(nc net.Conn, n int) {
	if n == 0 {
		n = -1 // the kernel reads it as unsigned
	}
	_ = control(nc, func(fd int) { _ = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, n) })
}

// growSendBuffer makes SO_SNDBUF n, if it is less, and returns what makes it
// again as it was: the kernel doubles what it is given.
func growSendBuffer(nc net.Conn, n int) (before int) {
	_ = control(nc, func(fd int) {
		before, _ = unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUF)
	})
	if before /= 2; before < n {
		setSendBuffer(nc, n)
	}
	return before
}

func setSendBuffer(nc net.Conn, n int) {
	_ = control(nc, func(fd int) { _ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUF, n) })
}

// acceptedKeepAlive is for net's accept: the listener has passed it on already.
const acceptedKeepAlive = -1
