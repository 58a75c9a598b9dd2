//go:build unix && !linux

package server

import (
	"errors"
	"net"
)

func borrowsPages(net.Conn) bool { return false }

func sendPages(net.Conn, section) (int64, error) { return 0, errors.ErrUnsupported }
