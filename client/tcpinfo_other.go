//go:build !linux

package client

import "net"

// readTCPInfo is not to be had here in a form that is the same as Linux's.
func readTCPInfo(net.Conn) (tcpInfo, bool) { return tcpInfo{}, false }
