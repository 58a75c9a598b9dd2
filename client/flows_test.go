package client

import (
	"testing"
	"time"
)

// The kernel counts segments that were sent again since it knows the connection:
// an interval has its own, and all of them, the warm-up's too, the run's.
func TestRetransmitsOfAnInterval(t *testing.T) {
	w := [2]*worker{{cfg: &Config{}, closed: true}, {cfg: &Config{}, closed: true}} // the ticker is told what was last known
	var sum, last int64
	var clk clock
	clk.start = time.Now()
	k := &ticker{workers: w[:], clock: &clk, cfg: &Config{Interval: time.Second, workload: &workload{self: true}, PerConn: true}, book: newBook(&Config{}), began: -1,
		observer: Observer{Interval: func(i Interval) { sum, last = sum+i.Retransmits, i.Retransmits }}}
	k.flows.begin(k)
	for i, n := range []struct{ first, second, want int64 }{{2, 0, 2}, {7, 1, 6}, {7, 1, 0}, {8, 2, 2}} {
		w[0].tcp, w[1].tcp = tcpInfo{ok: true, retransmits: n.first}, tcpInfo{ok: true, retransmits: n.second}
		if k.report(time.Duration(i+1)*time.Second, false); last != n.want {
			t.Errorf("interval %d: %d retransmits, want %d", i, last, n.want)
		}
	}
	if total := tcpTotals(w[:]).Retransmits; sum != total {
		t.Errorf("the intervals have %d retransmits, the run %d", sum, total)
	}
	for i, want := range []int64{2, 5, 0, 1} {
		if got := k.flows.conns[0].Intervals[i].Retransmits; got != want {
			t.Errorf("interval %d of the first connection: %d retransmits, want %d", i, got, want)
		}
	}
}
