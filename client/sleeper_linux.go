package client

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// sleeper sleeps with a timer of the kernel that the runtime's poller waits
// for, like for a socket: the runtime's own timers count whole milliseconds
// when nothing else runs. Without such a timer it uses those.
type sleeper struct {
	fd int
	f  *os.File // nil: the system gave none
}

func newSleeper() sleeper {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return sleeper{}
	}
	return sleeper{fd, os.NewFile(uintptr(fd), "timer")}
}

func (s sleeper) sleep(d time.Duration) {
	var ticks [8]byte
	if s.f != nil && d > 0 {
		it := unix.ItimerSpec{Value: unix.NsecToTimespec(int64(d))}
		if unix.TimerfdSettime(s.fd, 0, &it, nil) == nil {
			if _, err := s.f.Read(ticks[:]); err == nil {
				return
			}
		}
	}
	time.Sleep(d)
}

func (s sleeper) close() {
	if s.f != nil {
		s.f.Close()
	}
}
