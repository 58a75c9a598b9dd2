package client

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

func setRcvlowat(nc net.Conn, n int) (ok bool) {
	sc, is := nc.(syscall.Conn)
	if !is {
		return false
	}
	rc, err := sc.SyscallConn()
	if err != nil {
		return false
	}
	err = rc.Control(func(fd uintptr) {
		ok = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVLOWAT, n) == nil
	})
	return ok && err == nil
}
