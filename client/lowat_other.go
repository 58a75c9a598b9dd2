//go:build !linux

package client

import "net"

// Elsewhere the option exists, but does not hold back kqueue's readiness the
// same way on every system; the kernel's default has to do.
func setRcvlowat(net.Conn, int) bool { return false }
