package client

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// apply sets the options on a socket that is not yet bound.
func (s *Socket) apply(fd int, v6 bool, device string) error {
	number := func(what string, value, level, option int) error {
		if value == 0 {
			return nil
		}
		if err := unix.SetsockoptInt(fd, level, option, value); err != nil {
			return fmt.Errorf("%s %d: %w", what, value, err)
		}
		return nil
	}
	level, tos := unix.IPPROTO_IP, unix.IP_TOS
	if v6 {
		level, tos = unix.IPPROTO_IPV6, unix.IPV6_TCLASS
	}
	noPort := 0
	if len(s.Bind) > 0 {
		noPort = 1 // the port is chosen with the peer known: each source has all ports for each peer
	}
	for _, o := range []struct {
		what                 string
		value, level, option int
	}{
		{"send buffer", s.Window, unix.SOL_SOCKET, unix.SO_SNDBUF},
		{"receive buffer", s.Window, unix.SOL_SOCKET, unix.SO_RCVBUF},
		{"MSS", s.MSS, unix.IPPROTO_TCP, unix.TCP_MAXSEG},
		{"ToS", s.ToS, level, tos},
		{"source without port", noPort, unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT},
	} {
		if err := number(o.what, o.value, o.level, o.option); err != nil {
			return err
		}
	}
	if s.Congestion != "" {
		if err := unix.SetsockoptString(fd, unix.IPPROTO_TCP, unix.TCP_CONGESTION, s.Congestion); err != nil {
			return fmt.Errorf("congestion control %q: %w (this kernel has /proc/sys/net/ipv4/tcp_available_congestion_control)", s.Congestion, err)
		}
	}
	if device != "" {
		if err := unix.BindToDevice(fd, device); err != nil {
			return fmt.Errorf("interface %s: %w", device, err)
		}
	}
	return nil
}
