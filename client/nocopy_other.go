//go:build !linux

package client

import (
	"errors"
	"net"

	"github.com/loadframe/loadframe/internal/pattern"
)

const hasSkipRxCopy, hasZeroCopy = false, false

func skipRead(net.Conn, []byte) (int, error) { return 0, errors.ErrUnsupported }

type zeroCopy struct{}

func (*zeroCopy) open(pattern.Content) error                 { return errors.ErrUnsupported }
func (*zeroCopy) close()                                     {}
func (*zeroCopy) send(net.Conn, int64, int64) (int64, error) { return 0, errors.ErrUnsupported }
