package server

import (
	"sync"

	"golang.org/x/sys/unix"
)

// waitPatiently makes the calling thread one that does not interrupt who computes
// when it is woken (SCHED_BATCH), or a usual one again. Its share of the CPU is the
// same, and so is how nice it is. Whoever chose another policy for the process
// keeps it.
func waitPatiently(patient bool) {
	if !usualPolicy() {
		return
	}
	want := uint32(unix.SCHED_NORMAL)
	if patient {
		want = unix.SCHED_BATCH
	}
	a, err := unix.SchedGetAttr(0, 0)
	if err != nil || a.Policy == want {
		return
	}
	a.Policy = want                // all else as it was: with SCHED_FLAG_KEEP_PARAMS the policy would stay, too
	_ = unix.SchedSetAttr(0, a, 0) // a sandbox may forbid it
}

var usualPolicy = sync.OnceValue(func() bool {
	a, err := unix.SchedGetAttr(0, 0)
	return err == nil && a.Policy == unix.SCHED_NORMAL
})
