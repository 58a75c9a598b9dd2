package client

import (
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	// apartReads is after how many reads a reader looks where it runs: 8 MiB, a
	// millisecond or two.
	apartReads = 64
	// apartMost is how often it may be interrupted in that many reads.
	apartMost = 2
	// apartPatience is how many times as long it waits for the next look, at most,
	// when to move has not helped.
	apartPatience = 64
)

// apart keeps a reader on a CPU of its own. A read from a unix socket wakes the
// writer as one whose reader is about to sleep (WF_SYNC), so Linux puts the writer
// on the reader's CPU and interrupts it; and when a thread was last where the other
// runs, it is not moved away. Go's sysmon meanwhile looks about itself every 20 µs on
// the idle CPU, which is therefore never idle for long enough to fetch work. So
// reader and writer may take turns of 0.1 to 0.2 ms on one of two CPUs as long as
// the transfer lasts, the other one doing nothing (seen with perf sched: the reader
// had 85 % of a CPU, where it needs one). A reader that sees itself interrupted
// moves to another CPU, and lets the system choose again from there.
//
// It gains 7 to 20 %. To stay on one CPU for good would be as fast, but the writer
// could still be put there; to pin both is the user's to say (-A). A writer that
// sleeps by the clock, so that no reader wakes it, is slower, and so is a reader that
// yields to Go's scheduler, which moves it to another thread. Over TCP reads of
// megabytes are interrupted for other reasons, and to move costs more than it gains.
type apart struct {
	cpus     unix.CPUSet // where the thread may run
	left     int         // reads until the next look
	every    int         // reads between looks
	switches int64       // involuntary ones, at the last look
}

// newApart returns what keeps the calling thread apart, nil if the system does not
// tell where that may run, or there is but one CPU.
func newApart() *apart {
	a := &apart{left: apartReads, every: apartReads}
	if unix.SchedGetaffinity(0, &a.cpus) != nil || a.cpus.Count() < 2 {
		return nil
	}
	a.switches, _ = involuntary()
	return a
}

// read is called after each read, on the thread that newApart was called on.
func (a *apart) read() {
	if a.left--; a.left > 0 {
		return
	}
	if n, ok := involuntary(); ok && a.crowded(n) {
		a.move()
	}
	a.left = a.every
}

// crowded tells whether too many of n involuntary switches are new, and settles
// when to look again.
func (a *apart) crowded(n int64) bool {
	crowded := (n-a.switches)*apartReads > apartMost*int64(a.every)
	a.switches = n
	if crowded {
		a.every = min(2*a.every, apartPatience*apartReads)
	} else {
		a.every = apartReads
	}
	return crowded
}

// move makes the thread go to another CPU. Where it may run is the same afterwards.
func (a *apart) move() {
	here, ok := currentCPU()
	if !ok {
		return
	}
	others := a.cpus
	if others.Clear(here); others.Count() == 0 || unix.SchedSetaffinity(0, &others) != nil {
		return
	}
	_ = unix.SchedSetaffinity(0, &a.cpus) // allowed a moment ago
}

// involuntary returns how often the thread was interrupted in favour of another.
func involuntary() (n int64, ok bool) {
	var u unix.Rusage
	err := unix.Getrusage(unix.RUSAGE_THREAD, &u)
	return int64(u.Nivcsw), err == nil
}

func currentCPU() (cpu int, ok bool) {
	var c uint32
	_, _, errno := unix.RawSyscall(unix.SYS_GETCPU, uintptr(unsafe.Pointer(&c)), 0, 0)
	return int(c), errno == 0
}

// ownThread gives a reader of bulk a thread of its own, where both it and the server's
// writer have a CPU each, until it is called back. Over a unix socket alone.
func (p *puller) ownThread() (giveBack func()) {
	if p.cfg.Network != "unix" || 2*p.cfg.Conns > runtime.GOMAXPROCS(0) {
		return func() {}
	}
	runtime.LockOSThread()
	p.apart = newApart()
	return runtime.UnlockOSThread
}
