//go:build !linux

package client

import "net"

// unsentBytes is not to be had here: at the end of a push nothing is seen to
// move but the report.
func unsentBytes(net.Conn) int64 { return 0 }
