//go:build unix

package client

import (
	"bytes"
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// alive tells whether the server has left open a connection on which nothing is
// owed. One that it closes for being idle gets a last word. Other bytes that
// wait there, which nobody asked for, are for the burst to stumble over.
func alive(nc net.Conn) bool {
	sc, ok := nc.(syscall.Conn)
	if !ok {
		return true
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return false
	}
	open := false
	err = raw.Control(func(fd uintptr) {
		var b [64]byte
		n, _, err := unix.Recvfrom(int(fd), b[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
		open = n > 0 && !bytes.Contains(b[:n], []byte("ERR ")) || err == unix.EAGAIN || err == unix.EINTR
	})
	return err == nil && open
}
