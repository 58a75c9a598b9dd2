package server

import (
	"testing"
	"time"
)

// A loop is tied to its thread while it has been busy in a crowd for some rounds, and
// only then.
func TestBusyCrowdStays(t *testing.T) {
	d, now := crowd{}, time.Now()
	defer func() { d.stay(false) }()
	for i, c := range []struct {
		conns  int
		took   time.Duration // a round
		rounds int
		want   bool
	}{
		{crowdConns, time.Millisecond, crowdLasts, false}, // of the first nobody knows when it began
		{crowdConns, crowdRound, 1, true},
		{crowdConns, time.Millisecond, 3, true},
		{crowdConns - 1, time.Millisecond, 1, false},
		{crowdTurns, time.Millisecond, crowdLasts - 1, false},
		{crowdTurns, time.Millisecond, 1, true},
		{crowdTurns, crowdRound + 1, 1, false},
		{crowdTurns, crowdRound + 1, crowdLasts, false},
		{0, time.Millisecond, crowdLasts, false},
	} {
		for range c.rounds {
			now, d.conns = now.Add(c.took), c.conns
			d.settle(now)
		}
		if d.locked != c.want || d.many != (c.conns >= crowdConns) {
			t.Errorf("%d: many %v, locked %v, want %v", i, d.many, d.locked, c.want)
		}
	}
}
