package udpsocket

import (
	"encoding/binary"
	"net"
	"unsafe"

	"golang.org/x/sys/unix"
)

// CanSegment tells whether the kernel cuts one long write into datagrams
// (UDP_SEGMENT, since Linux 4.18).
func CanSegment(c *net.UDPConn) (can bool) {
	if rc, err := c.SyscallConn(); err == nil {
		_ = rc.Control(func(fd uintptr) {
			_, err := unix.GetsockoptInt(int(fd), unix.IPPROTO_UDP, unix.UDP_SEGMENT)
			can = err == nil
		})
	}
	return can
}

// SegmentControl is the control message that has the kernel cut a write into
// datagrams of size bytes.
func SegmentControl(size int) []byte {
	b := make([]byte, unix.CmsgSpace(2))
	h := (*unix.Cmsghdr)(unsafe.Pointer(unsafe.SliceData(b)))
	h.Level, h.Type = unix.IPPROTO_UDP, unix.UDP_SEGMENT
	h.SetLen(unix.CmsgLen(2))
	binary.NativeEndian.PutUint16(b[unix.CmsgLen(0):], uint16(size))
	return b
}

// Coalesce asks the kernel to hand over datagrams of one peer that are equally
// long together (UDP_GRO, since Linux 5.0).
func Coalesce(c *net.UDPConn) {
	if rc, err := c.SyscallConn(); err == nil {
		_ = rc.Control(func(fd uintptr) { _ = unix.SetsockoptInt(int(fd), unix.IPPROTO_UDP, unix.UDP_GRO, 1) })
	}
}

// SegmentSize is how long the datagrams of a message are by its control
// message; whole if that does not say.
func SegmentSize(control []byte, whole int) int {
	if len(control) < unix.CmsgLen(2) {
		return whole
	}
	h := (*unix.Cmsghdr)(unsafe.Pointer(unsafe.SliceData(control)))
	if h.Level != unix.IPPROTO_UDP || h.Type != unix.UDP_GRO {
		return whole
	}
	if size := int(binary.NativeEndian.Uint16(control[unix.CmsgLen(0):])); size > 0 {
		return size
	}
	return whole
}

// PathMTU is what the kernel believes the path of a connected socket carries in
// one piece, in bytes with all headers; 0: it does not say.
func PathMTU(c *net.UDPConn) (mtu int) {
	rc, err := c.SyscallConn()
	if err != nil {
		return 0
	}
	_ = rc.Control(func(fd uintptr) {
		if mtu, err = unix.GetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_MTU); err != nil {
			mtu, _ = unix.GetsockoptInt(int(fd), unix.IPPROTO_IPV6, unix.IPV6_MTU)
		}
	})
	return max(0, mtu)
}
