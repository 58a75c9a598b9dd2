package cli_test

import (
	"syscall"
	"time"
)

// sleep is time.Sleep that is late by microseconds: of a process with nothing
// else to do the runtime asks epoll_wait to wait, in whole milliseconds, which
// would make a service time of 1.25 ms one of 2.2.
func sleep(d time.Duration) {
	for until := time.Now().Add(d); d > 0; d = time.Until(until) {
		ts := syscall.NsecToTimespec(int64(d))
		_ = syscall.Nanosleep(&ts, nil) // interrupted: what is left, again
	}
}
