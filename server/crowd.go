package server

import (
	"runtime"
	"time"
)

const (
	// crowdTurns is how many turns of a loop are looked at together: a round.
	crowdTurns = 256
	// crowdConns is of how many connections those must be, for the loop to be in a
	// crowd.
	crowdConns = 128
	// crowdRound is how long a round takes at most in which there was always
	// something to do, 60 microseconds a turn.
	crowdRound = crowdTurns * 60 * time.Microsecond
	// crowdLasts is how many such rounds in a row make it worth a thread: a thousand
	// who come, ask for a file each and wait are gone before.
	crowdLasts = 8
)

// crowd tells of a loop whether it goes from connection to connection or serves a
// few of them again and again. In a crowd it does not interrupt who computes, and
// if it is busy it stays on its thread.
//
// On a busy machine each message wakes the loop, which pushes the client from the
// CPU, serves one or two messages and sleeps again: with a thousand connections a
// switch of threads for every three messages, and the cache of each in the
// other's way. A loop that waits until the other has used up its time finds many
// messages at once: half of the switches, 4 % more messages in the median of
// 40 pairs (bench/results/echo-crowd.txt; 2 to 9 % in others). Who is one of many
// waits for the others anyway; with few connections the loop runs at once, as ever.
//
// Go moves a loop that has run for 10 ms to whichever thread looks for work first,
// away from its CPU, or behind another there. A loop with a thread of its own is
// not moved: 6 to 8 % off the p99 of a thousand (bench/results/echo-loops.txt). Where
// there are pauses it would pay for it with two switches of threads at each.
type crowd struct {
	conns  int       // met in this round
	begun  time.Time // when it did; zero: unknown
	many   bool      // were met in the last one
	busy   int       // rounds of a busy crowd, in a row
	locked bool      // to the thread
}

// meets tells of the turn number n of a loop, which is with c. At the end of a
// round it settles how the loop's thread waits for a CPU; a loop that Go has moved
// to another thread does so there, a round later.
func (d *crowd) meets(c *conn, n uint32) {
	if c.met/crowdTurns != n/crowdTurns {
		d.conns++
	}
	c.met = n
	if n%crowdTurns == crowdTurns-1 {
		d.settle(time.Now())
	}
}

func (d *crowd) settle(now time.Time) {
	d.many = d.conns >= crowdConns
	if d.many && !d.begun.IsZero() && now.Sub(d.begun) <= crowdRound {
		d.busy++
	} else {
		d.busy = 0
	}
	d.stay(d.busy >= crowdLasts)
	waitPatiently(d.many)
	d.conns, d.begun = 0, now
}

// stay ties the loop to its thread, or unties it. It runs on the loop's goroutine.
func (d *crowd) stay(tied bool) {
	switch {
	case tied == d.locked:
		return
	case tied:
		runtime.LockOSThread()
	default:
		runtime.UnlockOSThread()
	}
	d.locked = tied
}
