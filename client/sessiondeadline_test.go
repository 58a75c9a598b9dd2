package client

import (
	"context"
	"net"
	"testing"
	"time"
)

// What ends a burst is a deadline on its connections. It does not end the next.
func TestDeadlinesEndWithTheirBurst(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		nc, err := l.Accept()
		if err != nil {
			return
		}
		defer nc.Close()
		b := make([]byte, 1<<10)
		for {
			n, err := nc.Read(b)
			if err != nil {
				return
			}
			_, _ = nc.Write(b[:n])
		}
	}()
	s, err := NewSession(Config{Workload: Echo, Plain: true, Addr: l.Addr().String(), Messages: 3})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for range 3 {
		if r, err := s.Burst(context.Background(), Observer{}); err != nil || r.Messages != 3 {
			t.Fatalf("%d messages, %v", r.Messages, err)
		}
		if err := s.conns[0].nc.SetDeadline(time.Unix(1, 0)); err != nil { // as the run does to what hangs, and may do late
			t.Fatal(err)
		}
	}
}
