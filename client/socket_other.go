//go:build !linux

package client

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// apply sets the options on a socket that is not yet bound.
func (s *Socket) apply(fd int, v6 bool, device string) error {
	if s.Congestion != "" || s.MSS > 0 {
		return errors.New("congestion control and MSS can be set on Linux only")
	}
	if device != "" {
		return fmt.Errorf("interface %s: connections are bound to one on Linux only", device)
	}
	set := func(what string, level, option, value int) error {
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
	return errors.Join(set("send buffer", unix.SOL_SOCKET, unix.SO_SNDBUF, s.Window), set("receive buffer", unix.SOL_SOCKET, unix.SO_RCVBUF, s.Window), set("ToS", level, tos, s.ToS))
}
