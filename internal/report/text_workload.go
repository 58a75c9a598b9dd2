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
			t.datagrams("", way.Sent, way.Lost)
			t.oneWay("", "one way ", way.Path)
		}
	}
	if s := r.Stream; s != nil {
		t.row("interval", "%-14s jitter %s", units.FormatDuration(time.Duration(s.IntervalNs)), formatNs(s.JitterNs))
		if q := s.IntervalError; q != nil {
			t.row("", "off by p50 %s, p99 %s, max %s", formatNs(q.P50), formatNs(q.P99), formatNs(q.Max))
		}
	}
	t.datagrams("datagrams", r.Totals.Sent, r.Totals.Lost)
	if r.Directions == nil {
		t.oneWay("one way", "", r.Path)
	}
	if c := r.Clock; c != nil {
		off, way := c.OffsetNs, "ahead"
		if off < 0 {
			off, way = -off, "behind"
		}
		t.row("clock", "the server's is %s %s, give or take %s", formatNs(off), way, formatNs(c.ErrorNs))
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

// datagrams says how many were sent and lost.
func (t *text) datagrams(label string, sent, lost *int64) {
	if sent != nil && lost != nil && *sent > 0 {
		t.row(label, "%-14s %s lost, %.4g %%", units.FormatDigits(*sent)+" sent", units.FormatDigits(*lost), 100*float64(*lost)/float64(*sent))
	}
}

// oneWay says how long datagrams were under way.
func (t *text) oneWay(label, what string, p *Path) {
	if p != nil {
		t.row(label, "%smin %s, mean %s, max %s, jitter %s", what, formatNs(p.DelayMinNs), formatNs(p.DelayMeanNs), formatNs(p.DelayMaxNs), formatNs(p.JitterNs))
	}
}
