package server

import (
	"net"
	"net/netip"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/loadframe/loadframe/internal/udpsocket"
)

// udpBatch is how many messages one system call takes or gives. A message is
// one datagram, or up to udpsocket.MaxSegments of one peer that the kernel keeps together
// (UDP_GRO, UDP_SEGMENT), equally long but for the last:
//
//	+----------+----------+----------+-----+
//	| size     | size     | size     | <=  |
//	+----------+----------+----------+-----+
const udpBatch = 64

// udpBuffer has room for the greatest datagram of either IP version.
const udpBuffer = 64 << 10

// udpPackets reads and answers datagrams many at a time, with recvmmsg(2) and
// sendmmsg(2). An answer goes to the address in the form in which the kernel
// gave it. Nothing is allocated after the start, which is why this is not
// ipv4.PacketConn of golang.org/x/net: that makes two objects of each address.
//
// A socket that blocks, so that no read looks and finds nothing before it waits,
// was tried and costs 22 to 36 % more a datagram: with each wait the thread gives
// its processor away. Used by one goroutine.
type udpPackets struct {
	raw     syscall.RawConn
	in      [udpBatch]mmsghdr
	inVec   [udpBatch]unix.Iovec
	names   [udpBatch]unix.RawSockaddrInet6 // the longer one; holds either
	control [udpBatch][32]byte              // where the kernel says how long the datagrams of a message are
	buf     []byte                          // pages that nothing was read into are not there
	came    []udpPacket                     // what was read, datagram by datagram

	out     [udpBatch]mmsghdr
	outVec  [udpBatch][udpsocket.MaxSegments]unix.Iovec
	outLen  [udpBatch]int    // bytes of the message
	outCtl  [udpBatch][]byte // nil until it is needed
	segment bool             // the kernel cuts messages into datagrams

	n, queued, sent int
	errno           syscall.Errno
	recv, send      func(fd uintptr) bool
}

// udpPacket is one datagram and the message it was in.
type udpPacket struct {
	data    []byte
	message int
}

// mmsghdr is struct mmsghdr of recvmmsg(2).
type mmsghdr struct {
	hdr unix.Msghdr
	n   uint32
}

func newUDPPackets(c *net.UDPConn) (*udpPackets, error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return nil, err
	}
	p := &udpPackets{raw: raw, buf: make([]byte, udpBatch*udpBuffer), segment: udpsocket.CanSegment(c)}
	if p.segment {
		udpsocket.Coalesce(c)
	}
	for i := range udpBatch {
		p.inVec[i].Base = &p.buf[i*udpBuffer]
		p.inVec[i].SetLen(udpBuffer)
		m := &p.in[i].hdr
		m.Iov, m.Name, m.Control = &p.inVec[i], (*byte)(unsafe.Pointer(&p.names[i])), &p.control[i][0]
		m.SetIovlen(1)
		p.out[i].hdr.Iov = &p.outVec[i][0]
	}
	p.rearm(udpBatch)
	p.recv, p.send = p.recvmmsg, p.sendmmsg
	return p, nil
}

// rearm sets the first n lengths that the kernel has overwritten with what it
// used.
func (p *udpPackets) rearm(n int) {
	for i := range n {
		p.in[i].hdr.Namelen = unix.SizeofSockaddrInet6
		p.in[i].hdr.SetControllen(len(p.control[i]))
	}
}

// read waits for datagrams and returns how many came.
func (p *udpPackets) read() (int, error) {
	p.rearm(p.n)
	p.n, p.errno, p.came = 0, 0, p.came[:0]
	if err := p.raw.Read(p.recv); err != nil {
		return 0, err
	}
	if p.errno != 0 {
		return 0, p.errno
	}
	for i := range p.n {
		b := p.buf[i*udpBuffer:][:p.in[i].n]
		size := len(b)
		if p.in[i].hdr.Controllen > 0 {
			size = udpsocket.SegmentSize(p.control[i][:p.in[i].hdr.Controllen], size)
		}
		for len(b) > size {
			p.came = append(p.came, udpPacket{b[:size:size], i})
			b = b[size:]
		}
		p.came = append(p.came, udpPacket{b, i}) // one of no bytes too
	}
	return len(p.came), nil
}

func (p *udpPackets) recvmmsg(fd uintptr) bool {
	for {
		n, _, errno := unix.Syscall6(unix.SYS_RECVMMSG, fd, uintptr(unsafe.Pointer(&p.in)), udpBatch, unix.MSG_DONTWAIT, 0, 0)
		switch errno {
		case 0:
			p.n = int(n)
			return true
		case unix.EINTR:
		case unix.EAGAIN:
			return false
		default:
			p.errno = errno
			return true
		}
	}
}

// data is datagram i, valid until the next read.
func (p *udpPackets) data(i int) []byte { return p.came[i].data }

// from is the sender of datagram i; the zero value if it is not an IP address.
func (p *udpPackets) from(i int) netip.AddrPort { return addrPort(&p.names[p.came[i].message]) }

func addrPort(sa *unix.RawSockaddrInet6) netip.AddrPort {
	port := (*[2]byte)(unsafe.Pointer(&sa.Port))
	switch sa.Family {
	case unix.AF_INET:
		v4 := (*unix.RawSockaddrInet4)(unsafe.Pointer(sa))
		return netip.AddrPortFrom(netip.AddrFrom4(v4.Addr), uint16(port[0])<<8|uint16(port[1]))
	case unix.AF_INET6:
		a := netip.AddrFrom16(sa.Addr).Unmap()
		if sa.Scope_id != 0 && a.Is6() {
			a = a.WithZone(strconv.Itoa(int(sa.Scope_id)))
		}
		return netip.AddrPortFrom(a, uint16(port[0])<<8|uint16(port[1]))
	}
	return netip.AddrPort{}
}
