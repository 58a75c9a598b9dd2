package client_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

func newSession(t *testing.T, c client.Config) *client.Session {
	t.Helper()
	s, err := client.NewSession(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func burst(t *testing.T, s *client.Session) client.Result {
	t.Helper()
	r, err := s.Burst(context.Background(), client.Observer{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Bursts of a request-reply workload go over the same connections, whoever
// writes and reads there, and each has its own counts and latencies.
func TestBurstsKeepTheirConnections(t *testing.T) {
	const conns, messages, bursts = 3, 400, 5
	for _, c := range []client.Config{
		{Workload: client.Echo},
		{Workload: client.Echo, Depth: 32},
		{Workload: client.Echo, Depth: 100, Size: 4096}, // more in flight than one goroutine may have
		{Workload: client.Echo, Arrival: "poisson:100k"},
		{Workload: client.Echo, Framing: "raw", Depth: 8},
		{Workload: client.Ack, Framing: "line", Depth: 8},
		{Workload: client.Stamp, Framing: "cobs", Depth: 8},
	} {
		t.Run(fmt.Sprintf("%s/%s/%d/%s", c.Workload, c.Framing, c.Depth, c.Arrival), func(t *testing.T) {
			srv := servertest.Start(t, server.Config{})
			c.Addr, c.Conns, c.Messages = srv.Addr, conns, messages
			s := newSession(t, c)
			if s.Open() != 0 {
				t.Fatal("connected before the first burst")
			}
			var made int64
			for range bursts {
				r := burst(t, s)
				if r.Messages != messages || r.Response.TotalCount() != messages || r.Took <= 0 {
					t.Fatalf("%d messages and %d latencies in %v, want %d", r.Messages, r.Response.TotalCount(), r.Took, messages)
				}
				if c.Workload == client.Stamp && (r.Up.TotalCount() != messages || r.Clock.Samples == 0) {
					t.Fatalf("%d one-way delays, clock %+v", r.Up.TotalCount(), r.Clock)
				}
				made += r.Connections
			}
			if n := srv.Stats().Accepted; n != conns || made != conns || s.Open() != conns {
				t.Errorf("%d bursts: the server accepted %d connections, the results tell of %d, %d are open, want %d", bursts, n, made, s.Open(), conns)
			}
		})
	}
}

// The other workloads can be burst, too.
func TestBurstsOfEveryWorkload(t *testing.T) {
	srv := servertest.Start(t, server.Config{})
	for _, w := range client.Workloads() {
		for _, framing := range []string{"u32", "eof"} {
			c := client.Config{Workload: w, Framing: framing, Addr: srv.Addr, Messages: 2, Conns: 2}
			client.Patiently(t, 30*time.Millisecond, func(d time.Duration) error { // in which something has to come, or the burst has failed
				if w == client.Idle || w == client.Stream {
					c.Messages, c.Duration = 0, d
				}
				if _, _, err := c.Resolve(); err != nil {
					return nil // eof carries no stream, and is not held
				}
				s := newSession(t, c)
				for i := range 3 {
					r, err := s.Burst(context.Background(), client.Observer{})
					if err != nil || r.Payload == 0 {
						return fmt.Errorf("%s through %s, burst %d: %d bytes: %v", w, framing, i, r.Payload, err)
					}
					if r.Connections < 2 && s.Open() == 0 {
						t.Errorf("%s through %s, burst %d: %d new connections", w, framing, i, r.Connections)
					}
				}
				return nil
			})
		}
	}
}

// A burst that is cut short tells what it measured, and the next one does not
// meet its replies.
func TestBurstAfterOneThatWasInterrupted(t *testing.T) {
	srv := servertest.Start(t, server.Config{})
	s := newSession(t, client.Config{Workload: client.Echo, Addr: srv.Addr, Duration: time.Hour, Conns: 2, Depth: 1000, Size: 1000})
	for i := range 3 {
		ctx, cancel := context.WithCancel(context.Background())
		begun := client.Observer{Begin: func() { time.AfterFunc(30*time.Millisecond, cancel) }} // what ends while it connects has nothing to tell
		if r, err := s.Burst(ctx, begun); err != nil || r.VerifyErrors != 0 {
			t.Fatalf("burst %d: %d verification errors, %v", i, r.VerifyErrors, err)
		}
	}
}

// A server may close what is idle for long. That is no fault of the next burst.
func TestConnectionsThatTheServerClosedAreReplaced(t *testing.T) {
	client.Patiently(t, 50*time.Millisecond, func(idle time.Duration) error { // a burst that stands still for so long is cut
		srv := servertest.Start(t, server.Config{Limits: server.Limits{IdleTimeout: idle}})
		s := newSession(t, client.Config{Workload: client.Echo, Addr: srv.Addr, Messages: 100, Conns: 2})
		for range 3 {
			r, err := s.Burst(context.Background(), client.Observer{})
			if err != nil {
				return err
			}
			if r.Connections != 2 {
				t.Errorf("%d connections made, want 2", r.Connections)
			}
			for srv.Stats().Conns > 0 {
				time.Sleep(time.Millisecond) // polls a state
			}
		}
		return nil
	})
}

// Bytes that nobody asked for are not lost between two bursts.
func TestSurplusBetweenBursts(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	first, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		nc, err := l.Accept()
		if err != nil {
			return
		}
		defer nc.Close()
		b := make([]byte, 12)
		if _, err := io.ReadFull(nc, b); err == nil {
			nc.Write(b)
			<-first
			nc.Write([]byte("?"))
			io.CopyN(nc, nc, 12) // a good answer, for who has lost that
			io.Copy(io.Discard, nc)
		}
	}()
	s := newSession(t, client.Config{Workload: client.Echo, Plain: true, Addr: l.Addr().String(), Messages: 1, Size: 8})
	burst(t, s)
	close(first)
	if r, err := s.Burst(context.Background(), client.Observer{}); err == nil || r.Messages != 0 {
		t.Errorf("the surplus is taken for no error: %d messages", r.Messages)
	}
	s.Close()
	<-done
}

// After a burst that found no server, one that finds it is good.
func TestBurstAfterTheServerWasAway(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s") // no port: another process might get that meanwhile
	s := newSession(t, client.Config{Workload: client.Echo, Network: "unix", Addr: path, Messages: 10})
	if r, err := s.Burst(context.Background(), client.Observer{}); err == nil || len(r.Faults) == 0 {
		t.Fatalf("faults %v, %v", r.Faults, err)
	}
	servertest.Start(t, server.Config{Listen: []server.Listener{{Network: "unix", Address: path}}})
	burst(t, s)
}
