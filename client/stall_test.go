package client

import (
	"net"
	"testing"
	"time"
)

// A connection that does not move for the timeout has stalled; a process that
// stood still for as long has not looked.
func TestStandingStillIsNoStall(t *testing.T) {
	near, far := net.Pipe()
	defer near.Close()
	defer far.Close()
	const timeout = time.Second
	w := &worker{session: session{nc: near}}
	k := &ticker{workers: []*worker{w}, clock: new(clock), cfg: &Config{Timeout: timeout}, moved: make([]progress, 1)}
	at := time.Duration(0)
	look := func(passed time.Duration) bool {
		at += passed
		k.expireStalled(at)
		return w.stalled.Load()
	}
	for range 4 {
		if look(tick) || look(time.Hour) {
			t.Fatalf("stalled after %v, of which it looked for little", at)
		}
	}
	// Eight ticks of the timeout are over.
	if look(timeout-8*tick-1) || !look(1) {
		t.Errorf("stalled: %v, after %v", w.stalled.Load(), at)
	}
}
