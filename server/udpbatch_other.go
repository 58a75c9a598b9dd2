//go:build unix && !linux

package server

import (
	"net"
	"net/netip"
)

const udpBatch = 1

const udpBuffer = 64 << 10

// udpPackets reads and answers datagrams one by one: there is no system call
// for many here, or none that Go offers. Used by one goroutine.
type udpPackets struct {
	conn   *net.UDPConn
	buf    [udpBuffer]byte
	n      int
	peer   netip.AddrPort // as the socket knows it
	queued [][]byte
}

func newUDPPackets(c *net.UDPConn) (*udpPackets, error) { return &udpPackets{conn: c}, nil }

// read waits for a datagram and returns how many came: one.
func (p *udpPackets) read() (n int, err error) {
	p.n, p.peer, err = p.conn.ReadFromUDPAddrPort(p.buf[:])
	return 1, err
}

// data is the datagram, valid until the next read.
func (p *udpPackets) data(int) []byte { return p.buf[:p.n] }

// from is its sender.
func (p *udpPackets) from(int) netip.AddrPort {
	return netip.AddrPortFrom(p.peer.Addr().Unmap(), p.peer.Port())
}

// reply queues b for the sender. It must not change until flush. False: there is
// no room before a flush.
func (p *udpPackets) reply(_ int, b []byte) bool {
	p.queued = append(p.queued, b)
	return true
}

// flush sends what is queued, and returns how many datagrams the kernel took
// and the last reason why it did not take one.
func (p *udpPackets) flush() (taken int, err error) {
	for _, b := range p.queued {
		_, e := p.conn.WriteToUDPAddrPort(b, p.peer)
		if e != nil { // it may be an older datagram's
			_, e = p.conn.WriteToUDPAddrPort(b, p.peer)
		}
		if e != nil {
			err = e
		} else {
			taken++
		}
	}
	p.queued = p.queued[:0]
	return taken, err
}
