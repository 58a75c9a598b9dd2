package nowait

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// Write writes to fd what it takes now: [unix.EAGAIN] tells that that is nothing.
func Write(fd int, p []byte) (n int, err error) { return call(unix.SYS_WRITE, fd, p) }

// Read reads what fd has now: [unix.EAGAIN] tells that that is nothing, 0 that it
// has ended.
func Read(fd int, p []byte) (n int, err error) { return call(unix.SYS_READ, fd, p) }

// call makes the system call until no signal interrupts it.
func call(number uintptr, fd int, p []byte) (n int, err error) {
	for {
		r, _, errno := unix.RawSyscall(number, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)))
		switch errno {
		case 0:
			return int(r), nil
		case unix.EINTR:
		default:
			return 0, errno
		}
	}
}
