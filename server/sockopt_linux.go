package server

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// setListenerOptions sets what accepted connections inherit.
func setListenerOptions(fd int) {
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1)
	_ = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, keepIdle)
	_ = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, notsentLowat)
}

// setNotsentLowat sets the bound on unsent bytes; 0 lifts it. A socket without
// the option (unix) is left as it is.
func setNotsentLowat(nc net.Conn, n int) {
	if n == 0 {
		n = -1 // the kernel reads it as unsigned
	}
	sc, ok := nc.(syscall.Conn)
	if !ok {
		return
	}
	if rc, err := sc.SyscallConn(); err == nil {
		_ = rc.Control(func(fd uintptr) { _ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, n) })
	}
}

// acceptedKeepAlive is for net's accept: the listener has passed it on already.
const acceptedKeepAlive = -1
