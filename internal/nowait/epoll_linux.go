package nowait

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// Epoll returns how many events of an epoll there are now, and stores them.
func Epoll(fd int, events []unix.EpollEvent) (n int, err error) {
	for {
		r, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(events))), uintptr(len(events)), 0, 0, 0)
		switch errno {
		case 0:
			return int(r), nil
		case unix.EINTR:
		default:
			return 0, errno
		}
	}
}
