package client

import (
	"testing"
	"time"

	"github.com/loadframe/loadframe/internal/udpsocket"
)

// What was due too long ago is left out as if it had been looked at one by one,
// and in a few steps: of a terabit/s there is more every moment than that takes.
func TestUDPPushLeavesOut(t *testing.T) {
	for _, arrival := range []string{"100", "9k", "poisson:20k", "burst:7@30k", "ramp:0..50k@1s,1k@9s"} {
		for conns := range 4 {
			c, _, err := Config{Workload: Push, Network: "udp", Conns: conns + 1, Arrival: arrival, Seed: 5}.Resolve()
			if err != nil {
				t.Fatal(err)
			}
			for id := range c.Conns {
				p := &udpPusher{worker: &worker{cfg: &c, id: id}, cursor: c.oneWay.Cursor(c.Seed), next: 3}
				due := func(i int64) time.Duration {
					at, _ := p.cursor.Due(int64(id) + i*int64(c.Conns))
					return at
				}
				for _, now := range []time.Duration{time.Millisecond, 15 * time.Millisecond, 400 * time.Millisecond, 2 * time.Second} {
					want := p.next + p.skipped
					for now-due(want) > udpBehind && due(want+udpsocket.MaxSegments) <= now {
						want++
					}
					p.leaveOut(now)
					if got := p.next + p.skipped; got != want || p.unsent != p.skipped {
						t.Errorf("%s, connection %d of %d: after %v the next is %d, want %d", arrival, id, c.Conns, now, got, want)
					}
				}
			}
		}
	}
	c, _, err := Config{Workload: Push, Network: "udp", Arrival: "89285714", Size: 1400}.Resolve()
	if err != nil {
		t.Fatal(err)
	}
	p := &udpPusher{worker: &worker{cfg: &c}, cursor: c.oneWay.Cursor(0)}
	if n := testing.AllocsPerRun(1, func() { p.leaveOut(24 * time.Hour) }); p.skipped < 1e12 || n > 0 {
		t.Errorf("%d are left out after a day, %v allocations", p.skipped, n)
	}
}
