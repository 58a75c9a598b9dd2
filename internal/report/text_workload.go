package report

import (
	"time"

	"github.com/loadframe/loadframe/internal/units"
)

// own writes what only one workload has.
func (t *text) own(r *Result) {
	if d := r.Directions; d != nil {
		for _, way := range []struct {
			name string
			Direction
		}{{"down", d.Down}, {"up", d.Up}} {
			bytes, bits := units.FormatGoodput(way.GoodputBytesPerS)
			t.row(way.name, "%-14s %s, %s", bytes, bits, plural(way.PayloadBytes, "byte"))
		}
	}
	if s := r.Stream; s != nil {
		t.row("interval", "%-14s jitter %s", units.FormatDuration(time.Duration(s.IntervalNs)), formatNs(s.JitterNs))
		if q := s.IntervalError; q != nil {
			t.row("", "off by p50 %s, p99 %s, max %s", formatNs(q.P50), formatNs(q.P99), formatNs(q.Max))
		}
	}
	if n := r.Totals; n.Sent != nil && n.Lost != nil && *n.Sent > 0 {
		t.row("datagrams", "%-14s %s lost, %.4g %%", units.FormatDigits(*n.Sent)+" sent", units.FormatDigits(*n.Lost), 100*float64(*n.Lost)/float64(*n.Sent))
	}
	if p := r.Path; p != nil {
		t.row("one way", "min %s, mean %s, max %s, jitter %s", formatNs(p.DelayMinNs), formatNs(p.DelayMeanNs), formatNs(p.DelayMaxNs), formatNs(p.JitterNs))
	}
	if c := r.Clock; c != nil {
		t.row("clock", "the server's is %s ahead, give or take %s", units.FormatDuration(time.Duration(c.OffsetNs)), formatNs(c.ErrorNs))
	}
	if i := r.Idle; i != nil {
		whose := "at the server"
		if r.Config.Embedded {
			whose = "for both ends in one process"
		}
		t.row("connection", "%s of heap and stack, %s resident, %s; %s held", units.FormatBytesSI(i.BytesPerConnection),
			units.FormatBytesSI(i.RSSBytesPerConnection), whose, plural(i.Connections, "connection"))
	}
}
