package server

import (
	"context"
	"runtime"
	"testing"
)

// A server that has the process to itself gives Go a processor more, where each has
// a loop; one among others, or with fewer loops, changes nothing.
func TestSpareProcessor(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	t.Cleanup(func() { runtime.GOMAXPROCS(before) })
	for _, tc := range []struct {
		procs, loops int
		alone        bool
		want         int
	}{
		{2, 0, true, 3},
		{2, 2, true, 3},
		{2, 1, true, 2},
		{1, 0, true, 2},
		{2, 0, false, 2},
	} {
		runtime.GOMAXPROCS(tc.procs)
		s, err := Start(Config{Listen: []Listener{{Network: "tcp", Address: "127.0.0.1:0"}, {Network: "udp", Address: "127.0.0.1:0"}}, Loops: tc.loops, Alone: tc.alone})
		if err != nil {
			t.Fatal(err)
		}
		got, loops := runtime.GOMAXPROCS(0), len(s.loop.events)
		if err := s.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		if got != tc.want {
			t.Errorf("%+v: GOMAXPROCS is %d", tc, got)
		}
		if want := tc.loops; want > 0 && loops != want || want == 0 && loops != tc.procs {
			t.Errorf("%+v: %d loops", tc, loops)
		}
	}
}
