//go:build !linux

package proxy

import "net"

// dead takes the sender to be gone: the connection ends at once, also if it was
// the receiver and had bytes on their way.
func dead(*net.TCPConn) bool { return true }
