package client

import (
	"errors"
	"net"
	"os"
	"testing"
	"time"
)

// A nudge that comes late does not touch a deadline that is set behind the end of
// the turns: an idle connection was told that its time had come.
func TestNoNudgeBehindTheEnd(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	nc, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	peer, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()
	read := func() error {
		_, err := nc.Read(make([]byte, 1))
		return err
	}
	turns := newTurn(nc)
	turns.nudge()
	if err := read(); !errors.Is(err, os.ErrDeadlineExceeded) || !turns.wasNudged(err) {
		t.Fatalf("nudged, a read says %v", err)
	}
	turns.end()
	if err := nc.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	turns.nudge()
	if _, err := peer.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if err := read(); err != nil {
		t.Errorf("nudged behind the end, a read says %v", err)
	}
	(*turn)(nil).end()
}
