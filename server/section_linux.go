package server

import (
	"fmt"
	"io"
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// borrowsPages tells whether content goes out to nc as pages of a file in
// memory. A unix socket hands the pages themselves to the reader (Linux 6.5;
// before that it copied), and the reader finds them in its cache
// (bench/results/unix.txt). Over loopback TCP it is slower than a copy.
func borrowsPages(nc net.Conn) bool {
	_, ok := nc.(*net.UnixConn)
	return ok
}

// sendPages sends s, of a file that others send from, too.
func sendPages(nc net.Conn, s section) (sent int64, err error) {
	rc, err := nc.(syscall.Conn).SyscallConn()
	if err != nil {
		return 0, err
	}
	var serr error
	err = rc.Write(func(fd uintptr) bool {
		for sent < s.n {
			at := s.at + sent
			k, err := unix.Sendfile(int(fd), int(s.file.Fd()), &at, int(s.n-sent))
			switch {
			case err == unix.EINTR:
			case err == unix.EAGAIN:
				return false
			case err != nil:
				serr = os.NewSyscallError("sendfile", err)
				return true
			case k == 0:
				serr = fmt.Errorf("file %s: %w", s.file.Name(), io.ErrUnexpectedEOF)
				return true
			}
			sent += int64(max(k, 0))
		}
		return true
	})
	if err == nil {
		err = serr
	}
	return sent, err
}
