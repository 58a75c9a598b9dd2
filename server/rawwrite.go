//go:build unix

package server

import (
	"golang.org/x/sys/unix"

	"github.com/loadframe/loadframe/internal/nowait"
)

// rawWrite writes to a non-blocking socket what it takes now. It goes around
// gnet's Write, which would keep the rest in a buffer without bound.
func rawWrite(fd int, b []byte) (n int, err error) {
	for n < len(b) {
		k, err := nowait.Write(fd, b[n:])
		switch {
		case err == unix.EAGAIN:
			return n, nil
		case err != nil:
			return n, err
		}
		n += k
	}
	return n, nil
}
