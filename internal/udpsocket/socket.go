// Package udpsocket carries many datagrams a system call, where the kernel can:
// it cuts one long write into datagrams (UDP_SEGMENT), and hands over together
// those of one peer that are equally long (UDP_GRO).
//
//	+----------+----------+----------+-----+
//	| size     | size     | size     | <=  |   one write, four datagrams
//	+----------+----------+----------+-----+
package udpsocket

import (
	"errors"
	"net"
	"net/netip"
	"syscall"
)

const (
	// MaxSegments is how many datagrams a system call cuts a write into, and
	// MaxSegmented how long the write may be.
	MaxSegments  = 64
	MaxSegmented = 65000

	coalesced = 64 << 10
)

// Socket sends and takes the datagrams of one peer. One goroutine may read and
// one write.
type Socket struct {
	conn    *net.UDPConn
	many    bool
	in      []byte
	control [64]byte
	came    [][]byte

	segment bool
	cut     []byte // control message for segments of cutSize bytes
	cutSize int
}

// New takes over the reads and writes of a connected socket. room is the
// greatest datagram that is expected, in bytes; with many, the kernel is asked
// for several a read.
func New(c *net.UDPConn, room int, many bool) *Socket {
	s := &Socket{conn: c, many: many, segment: CanSegment(c)}
	if many {
		room = coalesced
		Coalesce(c)
	}
	s.came = make([][]byte, 0, 1)
	s.in = make([]byte, min(room+1, coalesced)) // one more, to see that one is too long
	return s
}

// Read waits for datagrams and returns what one system call gave. They are
// valid until the next Read.
func (s *Socket) Read() ([][]byte, error) {
	if !s.many { // allocates nothing
		n, err := s.conn.Read(s.in)
		if err != nil {
			return nil, err
		}
		return append(s.came[:0], s.in[:n]), nil
	}
	n, nc, _, _, err := s.conn.ReadMsgUDPAddrPort(s.in, s.control[:])
	if err != nil {
		return nil, err
	}
	b := s.in[:n]
	size := SegmentSize(s.control[:nc], n)
	s.came = s.came[:0]
	for len(b) > size {
		s.came = append(s.came, b[:size:size])
		b = b[size:]
	}
	return append(s.came, b), nil
}

// Write makes one system call that sends the beginning of b as datagrams of size
// bytes, the last one of b shorter, and returns how many bytes it took.
func (s *Socket) Write(b []byte, size int) (n int, err error) {
	if s.segment && len(b) > size {
		if most := max(1, min(MaxSegments, MaxSegmented/size)) * size; len(b) > most {
			b = b[:most]
		}
		if s.cutSize != size {
			s.cut, s.cutSize = SegmentControl(size), size
		}
		n, _, err = s.conn.WriteMsgUDPAddrPort(b, s.cut, netip.AddrPort{})
		if !cannotSegment(err) {
			return n, err
		}
		s.segment = false // the path's datagrams are shorter, or the device cannot do it
	}
	return s.conn.Write(b[:min(size, len(b))])
}

func cannotSegment(err error) bool {
	for _, e := range []error{syscall.EINVAL, syscall.EIO, syscall.EMSGSIZE, syscall.EOPNOTSUPP} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
