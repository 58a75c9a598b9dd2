package server

import (
	"encoding/binary"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/loadframe/loadframe/internal/udpsocket"
)

// reply queues b, of at least one byte, for the sender of datagram i. It must
// not change until flush. False: there is no room before a flush.
func (p *udpPackets) reply(i int, b []byte) bool {
	from := &p.in[p.came[i].message].hdr
	if k := p.queued - 1; k >= 0 && p.joins(k, from, len(b)) {
		n := int(p.out[k].hdr.Iovlen)
		p.outVec[k][n].Base = unsafe.SliceData(b)
		p.outVec[k][n].SetLen(len(b))
		p.out[k].hdr.SetIovlen(n + 1)
		p.outLen[k] += len(b)
		return true
	}
	if p.queued == udpBatch {
		return false
	}
	k := p.queued
	p.queued++
	p.outVec[k][0].Base = unsafe.SliceData(b)
	p.outVec[k][0].SetLen(len(b))
	p.outLen[k] = len(b)
	h := &p.out[k].hdr
	h.Name, h.Namelen = from.Name, from.Namelen
	h.SetIovlen(1)
	return true
}

// joins tells whether an answer of n bytes can go with message k: to the same
// peer, all before it equally long, and it no longer.
func (p *udpPackets) joins(k int, to *unix.Msghdr, n int) bool {
	h, vec := &p.out[k].hdr, &p.outVec[k]
	count := int(h.Iovlen)
	size := int(vec[0].Len)
	return p.segment && count < udpsocket.MaxSegments && n <= size && p.outLen[k] == count*size && p.outLen[k]+n <= udpsocket.MaxSegmented &&
		(h.Name == to.Name || *(*unix.RawSockaddrInet6)(unsafe.Pointer(h.Name)) == *(*unix.RawSockaddrInet6)(unsafe.Pointer(to.Name)))
}

// flush sends what is queued, and returns how many datagrams the kernel took
// and the last reason why it did not take one.
func (p *udpPackets) flush() (taken int, err error) {
	for k := range p.queued {
		h := &p.out[k].hdr
		if h.Iovlen < 2 {
			h.Control = nil
			h.SetControllen(0)
			continue
		}
		if p.outCtl[k] == nil {
			p.outCtl[k] = udpsocket.SegmentControl(0)
		}
		binary.NativeEndian.PutUint16(p.outCtl[k][unix.CmsgLen(0):], uint16(p.outVec[k][0].Len))
		h.Control = &p.outCtl[k][0]
		h.SetControllen(len(p.outCtl[k]))
	}
	defer func() { p.queued = 0 }()
	retried := false
	for p.sent = 0; p.sent < p.queued; {
		before := p.sent
		p.errno = 0
		if err := p.raw.Write(p.send); err != nil {
			return taken, err
		}
		for k := before; k < p.sent; k++ {
			taken += int(p.out[k].hdr.Iovlen)
			retried = false
		}
		if p.errno == 0 {
			continue
		}
		// The error may be an older datagram's, which the kernel tells whoever
		// sends next; the second time it is this one's.
		if err = p.errno; retried {
			taken += p.singly(p.sent)
			p.sent++
		}
		retried = !retried
	}
	return taken, err
}

// singly sends the datagrams of message k one by one, where the path's are
// shorter or the device cannot cut. A single one has failed already.
func (p *udpPackets) singly(k int) (taken int) {
	count := int(p.out[k].hdr.Iovlen)
	if count < 2 {
		return 0
	}
	m := mmsghdr{hdr: p.out[k].hdr}
	m.hdr.Control = nil
	m.hdr.SetControllen(0)
	m.hdr.SetIovlen(1)
	for i := range count {
		m.hdr.Iov = &p.outVec[k][i]
		_ = p.raw.Write(func(fd uintptr) bool {
			n, _, errno := unix.Syscall6(unix.SYS_SENDMMSG, fd, uintptr(unsafe.Pointer(&m)), 1, unix.MSG_DONTWAIT, 0, 0)
			if errno == 0 {
				taken += int(n)
			}
			return errno != unix.EAGAIN
		})
	}
	return taken
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
