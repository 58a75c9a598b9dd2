//go:build !linux

package client

import (
	"errors"
	"fmt"
)

// apply sets the options on a socket that is not yet bound.
func (s *Socket) apply(fd int, v6 bool, device string) error {
	if s.Congestion != "" || s.MSS > 0 {
		return errors.New("congestion control and MSS can be set on Linux only")
	}
	if device != "" {
		return fmt.Errorf("interface %s: connections are bound to one on Linux only", device)
	}
	return setNumbers(fd, s.numbers(v6))
}
