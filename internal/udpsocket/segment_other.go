//go:build !linux

package udpsocket

import "net"

// CanSegment is false: the kernel here cuts no long write into datagrams.
func CanSegment(*net.UDPConn) bool { return false }

// SegmentControl is nil.
func SegmentControl(int) []byte { return nil }

// Coalesce does nothing: every read here returns one datagram.
func Coalesce(*net.UDPConn) {}

// SegmentSize is whole.
func SegmentSize(_ []byte, whole int) int { return whole }

// PathMTU is 0: not known here.
func PathMTU(*net.UDPConn) int { return 0 }
