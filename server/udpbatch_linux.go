package server

import (
	"net"
	"net/netip"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// udpBatch is how many datagrams one system call takes or gives.
const udpBatch = 64

// udpBuffer has room for the greatest datagram of either IP version.
const udpBuffer = 64 << 10

// udpPackets reads and answers datagrams many at a time, with recvmmsg(2) and
// sendmmsg(2). An answer goes to the address in the form in which the kernel
// gave it. Nothing is allocated after the start, which is why this is not
// ipv4.PacketConn of golang.org/x/net: that makes two objects of each address.
// Used by one goroutine.
type udpPackets struct {
	raw    syscall.RawConn
	in     [udpBatch]mmsghdr
	out    [udpBatch]mmsghdr
	inVec  [udpBatch]unix.Iovec
	outVec [udpBatch]unix.Iovec
	names  [udpBatch]unix.RawSockaddrInet6 // the longer one; holds either
	buf    []byte                          // pages that nothing was read into are not there

	n, queued, sent int
	errno           syscall.Errno
	recv, send      func(fd uintptr) bool
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
	p := &udpPackets{raw: raw, buf: make([]byte, udpBatch*udpBuffer)}
	for i := range udpBatch {
		p.inVec[i].Base = &p.buf[i*udpBuffer]
		p.inVec[i].SetLen(udpBuffer)
		for _, m := range []*unix.Msghdr{&p.in[i].hdr, &p.out[i].hdr} {
			m.SetIovlen(1)
		}
		p.in[i].hdr.Iov, p.out[i].hdr.Iov = &p.inVec[i], &p.outVec[i]
		p.in[i].hdr.Name = (*byte)(unsafe.Pointer(&p.names[i]))
		p.in[i].hdr.Namelen = unix.SizeofSockaddrInet6
	}
	p.recv, p.send = p.recvmmsg, p.sendmmsg
	return p, nil
}

// read waits for datagrams and returns how many came.
func (p *udpPackets) read() (int, error) {
	for i := range p.n { // the kernel has written how long the addresses were
		p.in[i].hdr.Namelen = unix.SizeofSockaddrInet6
	}
	p.n, p.errno = 0, 0
	if err := p.raw.Read(p.recv); err != nil {
		return 0, err
	}
	if p.errno != 0 {
		return 0, p.errno
	}
	return p.n, nil
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
func (p *udpPackets) data(i int) []byte {
	return p.buf[i*udpBuffer:][:p.in[i].n:udpBuffer]
}

// from is the sender of datagram i; the zero value if it is not an IP address.
func (p *udpPackets) from(i int) netip.AddrPort { return addrPort(&p.names[i]) }

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

// reply queues b for the sender of datagram i. It must not change until flush.
func (p *udpPackets) reply(i int, b []byte) {
	if p.queued == udpBatch {
		p.flush()
	}
	k := p.queued
	p.queued++
	p.outVec[k].Base = unsafe.SliceData(b)
	p.outVec[k].SetLen(len(b))
	p.out[k].hdr.Name = p.in[i].hdr.Name
	p.out[k].hdr.Namelen = p.in[i].hdr.Namelen
}

// flush sends what is queued, and returns how many datagrams the kernel took
// and the last reason why it did not take one.
func (p *udpPackets) flush() (taken int, err error) {
	retried := false
	for p.sent = 0; p.sent < p.queued; {
		before := p.sent
		p.errno = 0
		if err := p.raw.Write(p.send); err != nil {
			p.queued = 0
			return taken, err
		}
		taken += p.sent - before
		if p.errno == 0 {
			retried = false
			continue
		}
		// The error may be an older datagram's, which the kernel tells whoever
		// sends next; the second time it is this one's.
		if err = p.errno; retried {
			p.sent++
		}
		retried = !retried
	}
	p.queued = 0
	return taken, err
}

func (p *udpPackets) sendmmsg(fd uintptr) bool {
	for p.sent < p.queued {
		n, _, errno := unix.Syscall6(unix.SYS_SENDMMSG, fd, uintptr(unsafe.Pointer(&p.out[p.sent])), uintptr(p.queued-p.sent), unix.MSG_DONTWAIT, 0, 0)
		switch errno {
		case 0:
			p.sent += int(n)
		case unix.EINTR:
		case unix.EAGAIN:
			return false
		default:
			p.errno = errno
			return true
		}
	}
	return true
}
