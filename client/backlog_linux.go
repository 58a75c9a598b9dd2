package client

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// control calls do with the descriptor of a connection.
func control(nc net.Conn, do func(fd int)) bool {
	sc, ok := nc.(syscall.Conn)
	if !ok {
		return false
	}
	rc, err := sc.SyscallConn()
	return err == nil && rc.Control(func(fd uintptr) { do(int(fd)) }) == nil
}

// unsentBytes returns how many bytes the peer's kernel has not acknowledged.
func unsentBytes(nc net.Conn) (n int64) {
	control(nc, func(fd int) {
		if v, err := unix.IoctlGetInt(fd, unix.SIOCOUTQ); err == nil {
			n = int64(v)
		}
	})
	return n
}
