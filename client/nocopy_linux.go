package client

import (
	"fmt"
	"io"
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/loadframe/loadframe/internal/pattern"
)

const hasSkipRxCopy, hasZeroCopy = true, true

// skipRead takes up to len(p) bytes off a connection without copying them:
// MSG_TRUNC, tcp(7). It returns as net.Conn's Read does; p is left alone.
func skipRead(nc net.Conn, p []byte) (n int, err error) {
	sc, ok := nc.(syscall.Conn)
	if !ok {
		return 0, fmt.Errorf("skipping the copy: not on a %T", nc)
	}
	rc, err := sc.SyscallConn()
	if err != nil {
		return 0, err
	}
	var serr error
	err = rc.Read(func(fd uintptr) bool {
		for {
			n, _, serr = unix.Recvfrom(int(fd), p, unix.MSG_TRUNC|unix.MSG_DONTWAIT)
			if serr != unix.EINTR {
				return serr != unix.EAGAIN
			}
		}
	})
	switch {
	case err != nil:
		return 0, err
	case serr != nil:
		return 0, os.NewSyscallError("recvfrom", serr)
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}

// zeroCopy sends content from a file in memory: the kernel takes its pages as
// they are.
type zeroCopy struct {
	file    *os.File
	content pattern.Content
}

// zeroPeriods is how often the content's period stands in the file: one call
// sends from one place to the end at most.
const zeroPeriods = 64

func (z *zeroCopy) open(c pattern.Content) error {
	fd, err := unix.MemfdCreate("loadframe", unix.MFD_CLOEXEC)
	if err != nil {
		return fmt.Errorf("zero copy: %w", os.NewSyscallError("memfd_create", err))
	}
	z.file, z.content = os.NewFile(uintptr(fd), "content"), c
	page := make([]byte, zeroPeriods*pattern.Period)
	c.ReadAt(page, 0)
	if _, err := z.file.Write(page); err != nil {
		z.file.Close()
		return fmt.Errorf("zero copy: %w", err)
	}
	return nil
}

func (z *zeroCopy) close() { z.file.Close() }

// send sends up to n bytes of the content at offset with one call.
func (z *zeroCopy) send(nc net.Conn, offset, n int64) (sent int64, err error) {
	sc, ok := nc.(syscall.Conn)
	if !ok {
		return 0, fmt.Errorf("zero copy: not on a %T", nc)
	}
	rc, err := sc.SyscallConn()
	if err != nil {
		return 0, err
	}
	at := offset % pattern.Period
	n = min(n, zeroPeriods*pattern.Period-at)
	var k int
	var serr error
	err = rc.Write(func(fd uintptr) bool {
		for {
			from := at
			k, serr = unix.Sendfile(int(fd), int(z.file.Fd()), &from, int(n))
			if serr != unix.EINTR {
				return serr != unix.EAGAIN
			}
		}
	})
	if err == nil && serr != nil {
		err = os.NewSyscallError("sendfile", serr)
	}
	return int64(max(k, 0)), err
}
