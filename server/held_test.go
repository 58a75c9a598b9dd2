package server_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// Many connections begin a great frame each and do not end it: together they
// hold no more than the limit, frames of usual size go on meanwhile, and great
// ones as soon as those have gone.
func TestAttackManyUnfinishedFrames(t *testing.T) {
	const held, frame, peers = 8 << 20, 1 << 20, 40
	s := servertest.Start(t, server.Config{Limits: server.Limits{MaxHeld: held}})
	const open = "LOADFRAME/1 framing=u32 handler=echo\n"
	good := dial(t, s.Addr)
	send(t, good, open)
	readLine(good)
	echo := func(n int) {
		t.Helper()
		b := append([]byte{0, byte(n >> 16), byte(n >> 8), byte(n)}, bytes.Repeat([]byte{'x'}, n)...)
		go good.Write(b)
		if got, err := io.ReadAll(io.LimitReader(good, int64(len(b)))); !bytes.Equal(got, b) {
			t.Fatalf("echo of %d bytes: %.200q, %v", n, got, err)
		}
	}
	begun := open + "\x00\x10\x00\x00" + strings.Repeat("x", frame-1)
	var bad []io.ReadCloser
	for range peers {
		c := dial(t, s.Addr)
		_, _ = io.WriteString(c, begun) // breaks off if it is refused meanwhile
		bad = append(bad, c)
	}
	eventually(t, "all but those within the limit are refused", func() bool { return s.Refusals()["held"] >= peers-held/frame })
	for range 10 {
		echo(1000)
		echo(60_000)
	}
	if n := s.Stats().Conns; n < 2 { // the good one and at least one that is within the limit
		t.Errorf("%d connections are left", n)
	}
	for _, c := range bad {
		c.Close()
	}
	eventually(t, "the bad ones gone", func() bool { return s.Stats().Conns == 1 })
	refused := s.Refusals()["held"]
	for range 3 {
		echo(frame)
	}
	if n := s.Refusals()["held"]; n != refused {
		t.Errorf("%d great frames were refused although nobody held any", n-refused)
	}
}

// The refusal is a frame that names the limit.
func TestHeldLimitIsTold(t *testing.T) {
	s := servertest.Start(t, server.Config{Limits: server.Limits{MaxHeld: 100_000}})
	c := dial(t, s.Addr)
	send(t, c, "LOADFRAME/1 framing=u32 handler=echo\n\x00\x10\x00\x00"+strings.Repeat("x", 200_000))
	readLine(c)
	b, err := io.ReadAll(c)
	if err != nil || !bytes.Contains(b, []byte("ERR too many bytes in frames that are not complete: ")) || !bytes.HasSuffix(b, []byte("limit 100000")) {
		t.Errorf("%q, %v", b, err)
	}
}
