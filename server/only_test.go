package server_test

import (
	"io"
	"testing"

	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

func TestOneConnectionOnly(t *testing.T) {
	s := servertest.Start(t, server.Config{OneClient: true})
	c := dial(t, s.Addr)
	send(t, c, "SYN\n")
	expect(t, c, "ACK!")
	for range 2 {
		second := dial(t, s.Addr)
		b, _ := io.ReadAll(second)
		if string(b) != "ERR one client only: another is being served\n" {
			t.Errorf("second client got %q", b)
		}
	}
	select {
	case <-s.Served():
		t.Error("served, with the first client connected")
	default:
	}
	send(t, c, "10000000\n") // moves to the lane
	expect(t, c, "file_prepared")
	c.CloseWrite()
	if n, err := io.Copy(io.Discard, c); n != 10000000 || err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
	<-s.Served()
	for reason, n := range s.Refusals() {
		if want := map[string]int64{"one_client": 2}[reason]; n != want {
			t.Errorf("%d refusals because of %q, want %d", n, reason, want)
		}
	}
}
