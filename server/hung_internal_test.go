package server

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// hangs is a handler that is in a call which does not return, as that of a file
// system that has gone away.
type hangs struct{ in, out chan struct{} }

func (h hangs) Serve(r *Reply, _ []byte) error {
	return r.onLane(func(r *Reply) error {
		root := r.conn.lis.srv.root
		if err := root.enter(r.conn.lis.srv.cut); err != nil {
			return err
		}
		defer root.leave()
		h.in <- struct{}{}
		<-h.out
		return nil
	})
}

func startHung(t *testing.T, handler string, h hangs) *Server {
	t.Helper()
	s, err := Start(Config{
		Root:     t.TempDir(),
		Listen:   []Listener{{Network: "tcp", Address: "127.0.0.1:0", Framing: "line", Handler: handler}},
		Handlers: map[string]func() Handler{"hangs": func() Handler { return h }},
		Limits:   Limits{DrainTimeout: time.Millisecond},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Shutdown(context.Background()) })
	return s
}

// askAll asks s for a listing over each of conns connections.
func askAll(t *testing.T, s *Server, conns int) {
	t.Helper()
	for range conns {
		c, err := net.Dial("tcp", s.Addrs()[0].String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		if _, err := io.WriteString(c, "ls\n"); err != nil {
			t.Fatal(err)
		}
	}
}

// A call that does not return keeps its own connection, and not the server from
// stopping.
func TestShutdownWithAHungCall(t *testing.T) {
	h := hangs{make(chan struct{}, 1), make(chan struct{})}
	s := startHung(t, "hangs", h)
	askAll(t, s, 1)
	<-h.in
	err := s.Shutdown(context.Background())
	if err == nil || !strings.Contains(err.Error(), "1 connections wait for a call that does not return") {
		t.Error(err)
	}
	close(h.out) // it comes back after all, to a server that has gone
	s.lanes.Wait()
}

// When every place at the file system is taken by a call that hangs, those who
// wait for one do not wait longer than the server runs.
func TestShutdownWithoutAPlace(t *testing.T) {
	const waiting = 3
	s := startHung(t, "command", hangs{})
	for range rootPlaces {
		s.root.places <- struct{}{}
	}
	askAll(t, s, waiting)
	for deadline := time.Now().Add(20 * time.Second); s.stats.Lanes.Load() < waiting; time.Sleep(time.Millisecond) { // polls a state
		if time.Now().After(deadline) {
			t.Fatalf("%d on the lane, want %d", s.stats.Lanes.Load(), waiting)
		}
	}
	if err := s.Shutdown(context.Background()); err != nil && strings.Contains(err.Error(), "left behind") {
		t.Error(err)
	}
}
