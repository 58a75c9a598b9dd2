package server_test

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/loadframe/loadframe/internal/datagram"
	"github.com/loadframe/loadframe/internal/pattern"
	"github.com/loadframe/loadframe/server"
)

func TestUDPStreamAndStop(t *testing.T) {
	s := startUDP(t, "", server.Config{})
	c := dialUDP(t, s.Addr)
	began := time.Now()
	send(t, c, request(datagram.Stream, 1, 10, 0, datagram.Request{Interval: 5 * time.Millisecond, Size: 100}))
	expectKind(t, c, datagram.Accepted, 1)
	for k := range uint64(10) {
		h, payload := expectKind(t, c, datagram.Data, 1)
		if h.Sequence != k || len(payload) != 100 || pattern.Seeded(0).Check(int64(100*k), payload) >= 0 {
			t.Errorf("datagram %d is %+v", k, h)
		}
		if least := time.Duration(k+1) * 5 * time.Millisecond; time.Since(began) < least {
			t.Errorf("datagram %d came after %v, before it was due at %v", k, time.Since(began), least)
		}
	}
	expectKind(t, c, datagram.End, 1)

	// The same request twice is one stream, and it ends when its peer says so.
	for range 2 {
		send(t, c, request(datagram.Stream, 2, 10000, 0, datagram.Request{Interval: time.Minute}))
	}
	expectKind(t, c, datagram.Accepted, 2)
	if n := s.Stats().Transfers; n != 1 {
		t.Errorf("%d transfers", n)
	}
	send(t, c, string(datagram.Header{Kind: datagram.Stop, Run: 2}.Append(nil)))
	eventually(t, "stopped", func() bool { st := s.Stats(); return st.Transfers == 0 && st.TransfersEnded == 1 })
}

// Thousands of timed streams, to a hundred peers, run on few threads; each
// keeps its count.
func TestUDPManyStreams(t *testing.T) {
	const peers, each, packets = 100, 30, 5
	s := startUDP(t, "", server.Config{})
	threads := threadCount(t)
	most := int64(0)
	var done sync.WaitGroup
	for range peers {
		c := dialUDP(t, s.Addr)
		done.Go(func() {
			ask := func(run uint64) {
				if _, err := c.Write([]byte(request(datagram.Stream, run, packets, 0, datagram.Request{Interval: 200 * time.Millisecond, Size: 16}))); err != nil {
					t.Error(err)
				}
			}
			ask(0)
			var runs [each]datagram.Tracker
			ended := 0
			buf := make([]byte, 2048)
			for ended < each {
				n, err := c.Read(buf)
				if err != nil {
					t.Error(err)
					return
				}
				h, payload, err := datagram.Parse(buf[:n])
				if err != nil || h.Run >= each {
					t.Errorf("%+v, %v", h, err)
					return
				}
				switch h.Kind {
				case datagram.Accepted: // one request at a time: none gets lost
					if h.Run+1 < each {
						ask(h.Run + 1)
					}
				case datagram.Data:
					runs[h.Run].Add(h.Sequence, len(payload), 0)
				case datagram.End:
					ended++
					if r := runs[h.Run].Receipt(); r.Received != packets || r.Lost+r.Duplicated+r.Reordered > 0 {
						t.Errorf("run %d: %+v", h.Run, r)
					}
				}
			}
		})
	}
	finished := make(chan struct{})
	go func() { done.Wait(); close(finished) }()
	for running := true; running; {
		select {
		case <-finished:
			running = false
		case <-time.After(10 * time.Millisecond): // samples a gauge
			most = max(most, s.Stats().Transfers)
		}
	}
	if more := threadCount(t) - threads; more > 20 {
		t.Errorf("%d threads more for up to %d streams at a time", more, most)
	}
	t.Logf("up to %d streams at a time", most)
	eventually(t, "all ended", func() bool { st := s.Stats(); return st.Transfers == 0 && st.TransfersDone == peers*each })
}

func threadCount(tb testing.TB) int {
	tb.Helper()
	if runtime.GOOS != "linux" {
		return 0
	}
	tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", os.Getpid()))
	if err != nil {
		tb.Fatal(err)
	}
	return len(tasks)
}
