package client

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// apply sets the options on a socket that is not yet bound.
func (s *Socket) apply(fd int, v6 bool, device string) error {
	noPort := 0
	if len(s.Bind) > 0 {
		noPort = 1 // the port is chosen with the peer known: each source has all ports for each peer
	}
	err := setNumbers(fd, append(s.numbers(v6),
		numberOption{"MSS", unix.IPPROTO_TCP, unix.TCP_MAXSEG, s.MSS},
		numberOption{"source without port", unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT, noPort},
	))
	if err != nil {
		return err
	}
	if s.Congestion != "" {
		if err := unix.SetsockoptString(fd, unix.IPPROTO_TCP, unix.TCP_CONGESTION, s.Congestion); err != nil {
			return congestionError(s.Congestion, err)
		}
	}
	if device != "" {
		if err := unix.BindToDevice(fd, device); err != nil {
			return fmt.Errorf("interface %s: %w", device, err)
		}
	}
	return nil
}

// congestionError says what there is. The kernel's "no such file" for a name that it
// does not know is no socket that is missing, as that of a unix socket is.
func congestionError(name string, err error) error {
	if !errors.Is(err, unix.ENOENT) {
		return fmt.Errorf("congestion control %q: %w", name, err)
	}
	has, _ := os.ReadFile("/proc/sys/net/ipv4/tcp_available_congestion_control") // without it there is less to say
	return fmt.Errorf("congestion control %q: %w: the kernel has %s", name, errHere, strings.TrimSpace(string(has)))
}
