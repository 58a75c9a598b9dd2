package server

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// A thread that waits patiently has the policy for it and keeps its niceness, and
// gets the usual one back.
func TestWaitPatiently(t *testing.T) {
	if !usualPolicy() {
		t.Skip("these tests were started with a policy of their own")
	}
	runtime.LockOSThread() // and never unlocked: the thread ends with the test, niceness and all
	if err := unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), 7); err != nil {
		t.Fatal(err)
	}
	for _, patient := range []bool{true, false, true, true, false} {
		waitPatiently(patient)
		a, err := unix.SchedGetAttr(0, 0)
		if err != nil {
			t.Fatal(err)
		}
		if (a.Policy == unix.SCHED_BATCH) != patient || a.Nice != 7 {
			t.Errorf("patient %v: policy %d, nice %d", patient, a.Policy, a.Nice)
		}
	}
}

// A loop is in a crowd when half of its turns are those of different connections.
func TestCrowd(t *testing.T) {
	if !usualPolicy() {
		t.Skip("these tests were started with a policy of their own")
	}
	for _, tt := range []struct {
		conns int
		want  bool
	}{{1, false}, {50, false}, {crowdConns - 1, false}, {crowdConns, true}, {1000, true}} {
		t.Run(fmt.Sprint(tt.conns), func(t *testing.T) {
			runtime.LockOSThread()
			cs := make([]conn, tt.conns)
			d, n := crowd{}, uint32(0)
			for range 2*crowdTurns + 10*len(cs) {
				if n++; n%crowdTurns == crowdTurns-1 {
					waitPatiently(!tt.want)
				}
				d.meets(&cs[int(n)%len(cs)], n)
				if n%crowdTurns == crowdTurns-1 && n > crowdTurns && patientNow(t) != tt.want {
					t.Fatalf("turn %d: in a crowd %v, want %v", n, !tt.want, tt.want)
				}
			}
		})
	}
}

func patientNow(t *testing.T) bool {
	t.Helper()
	a, err := unix.SchedGetAttr(0, 0)
	if err != nil {
		t.Fatal(err)
	}
	return a.Policy == unix.SCHED_BATCH
}

// The loop of a server that many talk to is seen to wait patiently.
func TestServerInACrowd(t *testing.T) {
	if !usualPolicy() {
		t.Skip("these tests were started with a policy of their own")
	}
	s, err := Start(Config{Listen: []Listener{{Network: "tcp", Address: "127.0.0.1:0", Framing: "raw", Handler: "echo"}}, Loops: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Shutdown(context.Background()) })
	conns := make([]net.Conn, 2*crowdConns)
	for i := range conns {
		if conns[i], err = net.Dial("tcp", s.Addrs()[0].String()); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conns[i].Close() })
	}
	b := []byte{'x'}
	for round := 0; round < 4 || !anyPatient(t); round++ {
		if round == 100 {
			t.Fatal("no thread of the server waits patiently")
		}
		for _, c := range conns {
			if _, err := c.Write(b); err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range conns {
			if _, err := io.ReadFull(c, b); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func anyPatient(t *testing.T) bool {
	t.Helper()
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range threads {
		var id int
		if _, err := fmt.Sscan(e.Name(), &id); err != nil {
			t.Fatal(err)
		}
		if a, err := unix.SchedGetAttr(id, 0); err == nil && a.Policy == unix.SCHED_BATCH {
			return true
		}
	}
	return false
}
