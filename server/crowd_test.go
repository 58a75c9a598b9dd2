package server

import (
	"testing"
	"time"
)

// A loop is tied to its thread while it is busy in a crowd, and only then.
func TestBusyCrowdStays(t *testing.T) {
	d, now := crowd{}, time.Now()
	defer func() { d.stay(false) }()
	for i, round := range []struct {
		conns int
		took  time.Duration
		want  bool
	}{
		{crowdConns, time.Millisecond, false}, // since nobody knows when
		{crowdConns, crowdRound, true},
		{crowdConns, time.Millisecond, true},
		{crowdConns - 1, time.Millisecond, false},
		{crowdTurns, time.Millisecond, true},
		{crowdTurns, crowdRound + 1, false},
		{0, time.Millisecond, false},
	} {
		now = now.Add(round.took)
		d.conns = round.conns
		if d.settle(now); d.locked != round.want || d.many != (round.conns >= crowdConns) {
			t.Errorf("round %d: many %v, locked %v, want %v", i, d.many, d.locked, round.want)
		}
	}
}
