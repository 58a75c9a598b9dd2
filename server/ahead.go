package server

import (
	"unsafe"

	"github.com/panjf2000/gnet/v2"

	"github.com/loadframe/loadframe/internal/prefetch"
)

// gnetLines is how many lines of 64 bytes every event touches of what gnet has of a
// connection.
const gnetLines = 3

// ahead remembers the order of a loop's last turns, and asks for the memory of
// whoever came next the last time. With a thousand connections each turn finds its
// own in no cache, and gnet, which has the list of what comes next, does not show
// it. But who is answered in the order of asking asks again in that order: a client
// that is itself a loop, with 1,000 connections, keeps it in four of five turns, and
// 1 % more are echoed. A client of a goroutine a connection keeps it in one of ten;
// then nothing is asked for.
type ahead struct {
	turns [1 << 11]turnOf // by their number
	guess uintptr         // of whom the next turn will be
	right int             // guesses in this round of turns
	trust bool            // so many were right that it is worth the asking
}

// turnOf is of whom a turn was. Addresses keep nothing alive, and what was there may
// be something else by now: it is asked for in vain then.
type turnOf struct{ conn, gnet uintptr }

// meets tells of the turn number n of a loop, which is with c, before c knows of it.
// crowded is whether c is one of many: few are in the cache anyway.
func (a *ahead) meets(c *conn, g gnet.Conn, n uint32, crowded bool) {
	this := turnOf{uintptr(unsafe.Pointer(c)), uintptr((*[2]unsafe.Pointer)(unsafe.Pointer(&g))[1])}
	if this.conn == a.guess {
		a.right++
	}
	const all = uint32(len(a.turns))
	a.turns[n%all] = this
	next := turnOf{}
	if n-c.met < all {
		next = a.turns[(c.met+1)%all]
	}
	if a.guess = next.conn; a.trust {
		prefetch.Address(next.conn, hotLines)
		prefetch.Address(next.gnet, gnetLines)
	}
	if n%crowdTurns == crowdTurns-1 {
		a.trust, a.right = crowded && a.right > crowdTurns/2, 0
	}
}
