package nowait

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// Epoll returns how many events of an epoll there are now, and stores them. It does
// not wait, so no signal interrupts it.
func Epoll(fd int, events []unix.EpollEvent) (n int, err error) {
	r, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(events))), uintptr(len(events)), 0, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(r), nil
}
