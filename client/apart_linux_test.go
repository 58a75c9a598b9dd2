package client

import (
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// A reader that is interrupted again and again looks less and less often, and one
// that is left alone as often as at first.
func TestApartLooks(t *testing.T) {
	a := &apart{left: apartReads, every: apartReads}
	n := int64(0)
	for _, tt := range []struct {
		more    int64
		crowded bool
		every   int
	}{
		{0, false, 1}, {apartMost, false, 1}, {apartMost + 1, true, 2},
		{2 * apartMost, false, 1}, // twice as many reads
		{100, true, 2}, {100, true, 4}, {1000, true, 8}, {1000, true, 16}, {1000, true, 32}, {1000, true, 64}, {1000, true, 64},
		{64 * apartMost, false, 1}, {0, false, 1},
	} {
		n += tt.more
		if got := a.crowded(n); got != tt.crowded || a.every != tt.every*apartReads {
			t.Errorf("%d more switches: crowded %v, then %d reads; want %v, %d", tt.more, got, a.every, tt.crowded, tt.every*apartReads)
		}
	}
}

// A thread that moves leaves its CPU, and may go where it might before.
func TestApartMoves(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	a := newApart()
	if a == nil {
		t.Skip("one CPU")
	}
	before := a.cpus
	moved := false
	for range 100 { // the system may take it back at once
		from, ok := currentCPU()
		a.move()
		to, _ := currentCPU()
		moved = moved || ok && from != to
	}
	if !moved {
		t.Error("it stays where it is")
	}
	var after unix.CPUSet
	if err := unix.SchedGetaffinity(0, &after); err != nil || after != before {
		t.Errorf("may run on %v, before on %v, %v", after, before, err)
	}
}

// One reader of bulk over a unix socket has a thread of its own; what has no CPU to
// itself, or is no unix socket, has none.
func TestApartWhere(t *testing.T) {
	if runtime.GOMAXPROCS(0) < 2 || runtime.NumCPU() < 2 {
		t.Skip("one CPU")
	}
	for _, tt := range []struct {
		network string
		conns   int
		want    bool
	}{{"unix", 1, true}, {"tcp", 1, false}, {"unix", runtime.GOMAXPROCS(0), false}} {
		p := &puller{worker: &worker{cfg: &Config{Network: tt.network, Conns: tt.conns}}}
		giveBack := p.ownThread()
		if got := p.apart != nil; got != tt.want {
			t.Errorf("%s, %d connections: %v, want %v", tt.network, tt.conns, got, tt.want)
		}
		giveBack()
	}
}
