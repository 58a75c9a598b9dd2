package server

import (
	"sync"

	"golang.org/x/sys/unix"
)

// reserve is one descriptor kept for the moment when there is no other. The
// caller holds mu.
type reserve struct {
	mu sync.Mutex
	fd int // 0: not there (0 itself is standard input, or nothing is lost)
}

// take fills the reserve, if it is empty and a descriptor is to be had.
func (r *reserve) take() {
	if r.fd > 0 {
		return
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM, 0) // nothing is opened, not even a file
	if err != nil {
		return
	}
	unix.CloseOnExec(fd)
	r.fd = fd
}

// above returns the lowest free number.
func (r *reserve) above() int {
	dup, err := unix.FcntlInt(uintptr(r.fd), unix.F_DUPFD_CLOEXEC, 0)
	if r.fd <= 0 || err != nil {
		return 0
	}
	unix.Close(dup)
	return dup
}

// release makes the descriptor free; false: there is none.
func (r *reserve) release() bool {
	r.take()
	return r.drop()
}

func (r *reserve) drop() bool {
	if r.fd <= 0 {
		return false
	}
	unix.Close(r.fd)
	r.fd = 0
	return true
}
