package server

import (
	"context"
	"encoding/binary"
	"net"
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"
)

// openUDP opens n sockets on one address. The kernel gives every datagram of a
// peer to the same one of them (it hashes the two addresses), so that a peer's
// datagrams stay in order. The first is bound without SO_REUSEPORT: it fails if
// another server has the address, and a second server after it fails too.
func openUDP(ctx context.Context, network, address string, n int) (conns []*net.UDPConn, err error) {
	defer func() {
		if err != nil {
			closeAll(conns)
		}
	}()
	for i := range n {
		var lc net.ListenConfig
		if i > 0 {
			lc.Control = func(_, _ string, rc syscall.RawConn) error {
				return setOption(rc, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
			}
			address = conns[0].LocalAddr().String()
		}
		pc, err := lc.ListenPacket(ctx, network, address)
		if err != nil {
			return conns, err
		}
		c := pc.(*net.UDPConn)
		conns = append(conns, c)
		rc, err := c.SyscallConn()
		if err != nil {
			return conns, err
		}
		if i == 0 && n > 1 {
			if err := setOption(rc, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1); err != nil {
				return conns, err
			}
		}
		// What ICMP says of a peer is queued with the peer's address.
		_ = setOption(rc, unix.IPPROTO_IP, unix.IP_RECVERR, 1)
		_ = setOption(rc, unix.IPPROTO_IPV6, unix.IPV6_RECVERR, 1)
	}
	return conns, nil
}

func setOption(rc syscall.RawConn, level, name, value int) (err error) {
	if e := rc.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), level, name, value) }); e != nil {
		return e
	}
	return err
}

// unreachable calls gone with each peer that ICMP says has nothing at its port.
func unreachable(c *net.UDPConn, gone func(netip.AddrPort)) {
	rc, err := c.SyscallConn()
	if err != nil {
		return
	}
	_ = rc.Control(func(fd uintptr) {
		var oob [256]byte
		for {
			_, n, _, from, err := unix.Recvmsg(int(fd), nil, oob[:], unix.MSG_ERRQUEUE|unix.MSG_DONTWAIT)
			if err == unix.EINTR {
				continue
			}
			if err != nil {
				return
			}
			if peer, ok := sockaddrPort(from); ok && refused(oob[:n]) {
				gone(peer)
			}
		}
	})
}

// refused tells whether a sock_extended_err is ECONNREFUSED: of the others a
// path may recover.
func refused(oob []byte) bool {
	msgs, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return false
	}
	for _, m := range msgs {
		ip := m.Header.Level == unix.IPPROTO_IP && m.Header.Type == unix.IP_RECVERR
		ip6 := m.Header.Level == unix.IPPROTO_IPV6 && m.Header.Type == unix.IPV6_RECVERR
		if (ip || ip6) && len(m.Data) >= 4 && binary.NativeEndian.Uint32(m.Data) == uint32(unix.ECONNREFUSED) {
			return true
		}
	}
	return false
}

func sockaddrPort(sa unix.Sockaddr) (netip.AddrPort, bool) {
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port)), true
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(sa.Addr).Unmap(), uint16(sa.Port)), true
	}
	return netip.AddrPort{}, false
}
