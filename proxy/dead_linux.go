package proxy

import (
	"net"

	"golang.org/x/sys/unix"
)

// dead tells whether a connection was reset or has timed out: of an error
// between two sockets the system does not say whose it was.
func dead(c *net.TCPConn) bool {
	const stateClose = 7 // TCP_CLOSE of the kernel's tcp_states.h
	rc, err := c.SyscallConn()
	if err != nil {
		return true
	}
	is := true
	err = rc.Control(func(fd uintptr) {
		if info, err := unix.GetsockoptTCPInfo(int(fd), unix.SOL_TCP, unix.TCP_INFO); err == nil {
			is = info.State == stateClose
		}
	})
	return is || err != nil
}
