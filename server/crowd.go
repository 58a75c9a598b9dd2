package server

const (
	// crowdTurns is how many turns of a loop are looked at together.
	crowdTurns = 256
	// crowdConns is of how many connections those must be, for the loop to be in a
	// crowd.
	crowdConns = 128
)

// crowd tells of a loop whether it goes from connection to connection or serves a
// few of them again and again. In a crowd it does not interrupt who computes.
//
// On a busy machine each message wakes the loop, which pushes the client from the
// CPU, serves one or two messages and sleeps again: with a thousand connections a
// switch of threads for every three messages, and the cache of each in the
// other's way. A loop that waits until the other has used up its time finds many
// messages at once: half of the switches, 4 % more messages in the median of
// 40 pairs (bench/results/echo-crowd.txt; 2 to 9 % in others). Who is one of many
// waits for the others anyway; with few connections the loop runs at once, as ever.
type crowd struct {
	conns int // met in this round of turns
}

// meets tells of the turn number n of a loop, which is with c. At the end of a
// round it settles how the loop's thread waits for a CPU; a loop that Go has moved
// to another thread does so there, a round later.
func (d *crowd) meets(c *conn, n uint32) {
	if round := uint8(n / crowdTurns); c.round != round { // one of 256 rounds ago is not told apart, and not missed
		c.round = round
		d.conns++
	}
	if n%crowdTurns == crowdTurns-1 {
		waitPatiently(d.conns >= crowdConns)
		d.conns = 0
	}
}
