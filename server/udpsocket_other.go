//go:build unix && !linux

package server

import (
	"context"
	"net"
	"net/netip"
)

// openUDP opens one socket: where a port is shared here, a peer's datagrams do
// not all come to the same socket.
func openUDP(ctx context.Context, network, address string, _ int) ([]*net.UDPConn, error) {
	pc, err := new(net.ListenConfig).ListenPacket(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return []*net.UDPConn{pc.(*net.UDPConn)}, nil
}

// What ICMP says of a peer is not told to a socket of many peers here.
func unreachable(*net.UDPConn, func(netip.AddrPort)) {}
