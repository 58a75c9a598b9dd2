package server

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/loadframe/loadframe/codec"
)

// BenchmarkTurnCost is what an echo of 64 bytes in u32 costs a loop besides gnet
// and the system calls, by connections. Beyond some hundred of them each event
// finds its own in no cache near by, for the system's part of a connection fills
// that: here 84 lines, walked over before each turn. work=none is that walk
// alone, to be taken off.
func BenchmarkTurnCost(b *testing.B) {
	for _, conns := range []int{1, 1000} {
		for _, work := range []string{"none", "echo"} {
			b.Run(fmt.Sprintf("conns=%d/work=%s", conns, work), func(b *testing.B) {
				cs := echoConns(b, conns)
				system := make([]byte, conns*16<<10)
				order := rand.Perm(conns)
				chunk := append([]byte{0, 0, 0, 64}, make([]byte, 64)...)
				b.ResetTimer()
				for i := range b.N {
					k := order[i%conns]
					for at := k * 16 << 10; at < (k+1)*16<<10; at += 3 * 64 {
						system[at]++
					}
					if work == "echo" {
						dryTurn(b, cs[k], chunk)
					}
				}
			})
		}
	}
}

// echoConns returns connections of one loop in the middle of their session.
func echoConns(b *testing.B, n int) []*conn {
	u32, err := codec.Parse("u32")
	if err != nil {
		b.Fatal(err)
	}
	limits, err := Limits{}.withDefaults()
	if err != nil {
		b.Fatal(err)
	}
	l := &listener{srv: &Server{handlers: builtin, limits: limits}, codec: u32, cfg: Listener{Handler: "echo"}, session: sessionOf("echo", u32)}
	local := new(loopLocal)
	cs := make([]*conn, n)
	for i := range cs {
		cs[i] = newConn(l)
		cs[i].local = local
		cs[i].settle()
	}
	return cs
}

// dryTurn is OnTraffic as it goes when a chunk holds whole frames and the socket
// takes all replies, without gnet and the write.
func dryTurn(b *testing.B, c *conn, chunk []byte) {
	begin := c.local.turns.begin()
	c.local.crowd.meets(c, c.local.turns.seen)
	defer func() {
		c.local.turns.end(begin)
		if c.guard(recover()) {
			b.Error("a panic")
		}
	}()
	c.countRead(len(chunk))
	c.take(chunk)
	out := len(c.r.unsent())
	c.count(out)
	c.r.gone(out)
	if out != len(chunk) || c.r.owes() || c.tooFast() || c.patience() > 0 {
		b.Errorf("%d bytes, and not done", out)
	}
}
