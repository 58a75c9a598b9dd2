//go:build unix && !linux

package nowait

import "golang.org/x/sys/unix"

// Write writes to fd what it takes now: [unix.EAGAIN] tells that that is nothing.
func Write(fd int, p []byte) (n int, err error) { return unbroken(unix.Write, fd, p) }

// Read reads what fd has now: [unix.EAGAIN] tells that that is nothing, 0 that it
// has ended.
func Read(fd int, p []byte) (n int, err error) { return unbroken(unix.Read, fd, p) }

// unbroken makes a system call until no signal interrupts it.
func unbroken(call func(int, []byte) (int, error), fd int, p []byte) (n int, err error) {
	for {
		if n, err = call(fd, p); err != unix.EINTR {
			return max(n, 0), err
		}
	}
}
