package server

import (
	"context"
	"net"
	"testing"
	"time"
)

// The one client leaves while another is being refused, who is counted for
// that moment.
func TestOneConnectionLeavesDuringARefusal(t *testing.T) {
	s, err := Start(Config{OneClient: true, Listen: []Listener{{Network: "tcp", Address: "127.0.0.1:0"}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Shutdown(context.Background()) })
	c, err := net.Dial("tcp", s.Addrs()[0].String())
	if err != nil {
		t.Fatal(err)
	}
	for s.Stats().Accepted == 0 {
		time.Sleep(time.Millisecond) // polls a state
	}
	s.stats.Conns.Add(1) // as admit does, before it refuses
	c.Close()
	for s.Stats().Conns > 1 {
		time.Sleep(time.Millisecond)
	}
	s.stats.Conns.Add(-1)
	select {
	case <-s.Served():
	case <-time.After(20 * time.Second):
		t.Error("the only client has gone, and the server does not notice")
	}
}
