package client

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"

	"github.com/loadframe/loadframe/internal/preface"
)

// The classes of what ends a connection.
const (
	FaultRefused  = "refused"  // nobody listens, or the server says ERR
	FaultReset    = "reset"    // the peer is gone and says so
	FaultEOF      = "eof"      // the peer closed although more was owed
	FaultTimeout  = "timeout"  // nothing moved any more
	FaultProtocol = "protocol" // what came is not what the framing or the session allows
	FaultVerify   = "verify"   // what came is wrong
	FaultOther    = "other"    // of this machine: no descriptor, no route, ...
)

var (
	errStalled = errors.New("stalled")
	errVerify  = errors.New("verify")
	errHere    = errors.New("not on this machine")
)

// fault returns the class of an error.
func fault(err error) string {
	var timeout net.Error
	var system syscall.Errno
	switch {
	case errors.Is(err, errVerify):
		return FaultVerify
	case errors.Is(err, errHere):
		return FaultOther
	case errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ENOENT) || errors.Is(err, preface.ErrRefused):
		return FaultRefused
	case errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNABORTED) || errors.Is(err, net.ErrClosed):
		return FaultReset
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return FaultEOF
	case errors.Is(err, errStalled) || errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded):
		return FaultTimeout
	case errors.As(err, &timeout) && timeout.Timeout():
		return FaultTimeout
	case errors.As(err, &system):
		return FaultOther
	}
	return FaultProtocol
}
