//go:build unix && !linux

package server

import "net"

// Elsewhere the option is missing or is not inherited from the listener; the
// kernel's own limits have to do.
func setNotsentLowat(net.Conn, int)  {}
func listenerNotsentLowat(fd, n int) {}
