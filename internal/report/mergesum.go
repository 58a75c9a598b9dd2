package report

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/loadframe/loadframe/internal/units"
)

// together adds up parts that fit, in the order of their segments.
func together(parts []*Part) (*Result, *Histograms, error) {
	first := parts[0].Result
	out := &Result{Tool: first.Tool, Config: first.Config, Host: first.Host, Workload: first.Workload, Framing: first.Framing, Transport: first.Transport,
		Merged: &Merged{Run: first.Instance.Run, Segments: first.Instance.Segment.Count, Instances: []Member{}}}
	h := &Histograms{ByTag: map[string]*hdrhistogram.Histogram{}}
	var broken []string
	for i, p := range parts {
		if err := p.checkCounts(); err != nil {
			return nil, nil, err
		}
		if err := h.Merge(p.Histograms); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", p.Name, err)
		}
		r := p.Result
		out.Path = out.Path.plus(r.Path, out.Totals.came(), r.Totals.came(), out.Totals.Connections, r.Totals.Connections, i == 0)
		out.Totals = out.Totals.plus(r.Totals, i == 0)
		out.Cost = out.Cost.plus(r.ownCost(), i == 0)
		out.TCPInfo = out.TCPInfo.plus(r.TCPInfo, i == 0)
		out.Directions = out.Directions.plus(r.Directions, out.Totals.Connections-r.Totals.Connections, r.Totals.Connections, i == 0)
		out.Stream = out.Stream.plus(r.Stream, out.Totals.Connections-r.Totals.Connections, r.Totals.Connections, i == 0)
		out.Health = out.Health.with(r.Health.of(p))
		if r.Failed() {
			broken = append(broken, fmt.Sprintf("segment %s: %s", r.Instance.Segment, r.Error))
		}
	}
	out.Error = strings.Join(broken, "; ")
	out.Latency = h.latency()
	if out.Stream != nil {
		out.Stream.IntervalError = Summarize(h.ByTag[IntervalErrorTag])
	}
	if out.Health != nil {
		out.Health.ScheduleLag = Summarize(h.ByTag[LagTag])
	}
	line := timelineOf(parts)
	out.Start, out.DurationS, out.Merged.TogetherS = line.start, line.covered.Seconds(), line.together.Seconds()
	if len(parts) > 1 && line.together < line.covered*9/10 {
		out.doubt(fmt.Sprintf("the %d instances ran at once for %s of %s", len(parts), formatSeconds(line.together.Seconds()), formatSeconds(line.covered.Seconds())))
	}
	out.Rates = out.Totals.Rates(out.DurationS)
	out.Directions.rates(out.DurationS)
	out.Intervals = line.intervals(parts)
	out.members(parts)
	return out, h, nil
}

// checkCounts holds the histograms against what the result says of them: a log that has lost lines has lost messages.
func (p *Part) checkCounts() error {
	want := map[string]*Quantiles{}
	if l := p.Result.Latency; l != nil {
		want[""], want[ServiceTag], want[ConnectTag], want[UpTag], want[DownTag] = l.Response, l.Service, l.Connect, l.Up, l.Down
	}
	for tag, q := range want {
		var has, told int64
		if h := p.Histograms.ByTag[tag]; h != nil {
			has = h.TotalCount()
		}
		if q != nil {
			told = q.Count
		}
		if has != told {
			return fmt.Errorf("report: %s tells of %d latencies (%s), its histograms have %d", p.Name, told, nameOf(tag), has)
		}
	}
	return nil
}

func nameOf(tag string) string {
	if tag == "" {
		return "response"
	}
	return tag
}

// of says whose doubts they are.
func (h *Health) of(p *Part) *Health {
	if h == nil {
		return nil
	}
	out := Health{GeneratorLimited: h.GeneratorLimited}
	for _, reason := range h.Reasons {
		out.Reasons = append(out.Reasons, fmt.Sprintf("segment %s: %s", p.instance().Segment, reason))
	}
	return &out
}

// plus adds up what went each way in runs, or instances, of n and m connections.
func (d *Directions) plus(e *Directions, n, m int64, first bool) *Directions {
	switch {
	case first && e != nil:
		return new(*e)
	case d == nil || e == nil:
		return nil
	}
	add := func(a, b Direction) Direction {
		return Direction{Path: a.Path.plus(b.Path, a.came(), b.came(), n, m, false), PayloadBytes: a.PayloadBytes + b.PayloadBytes, WireBytes: a.WireBytes + b.WireBytes,
			Sent: sum(a.Sent, b.Sent), Lost: sum(a.Lost, b.Lost), Reordered: sum(a.Reordered, b.Reordered),
			Duplicated: sum(a.Duplicated, b.Duplicated), Late: sum(a.Late, b.Late)}
	}
	return &Directions{Down: add(d.Down, e.Down), Up: add(d.Up, e.Up)}
}

// came returns how many datagrams its path tells of.
func (d Direction) came() int64 {
	if d.Sent == nil || d.Lost == nil || d.Duplicated == nil {
		return 0
	}
	return *d.Sent - *d.Lost + *d.Duplicated
}

func (d *Directions) rates(seconds float64) {
	if d != nil {
		d.Down.GoodputBytesPerS, d.Up.GoodputBytesPerS = PerSecond(d.Down.PayloadBytes, seconds), PerSecond(d.Up.PayloadBytes, seconds)
	}
}

// plus weighs the jitter of p and q by the connections that they are of.
func (p *Packets) plus(q *Packets, n, m int64, first bool) *Packets {
	switch {
	case first && q != nil:
		return new(*q)
	case p == nil || q == nil:
		return nil
	}
	out := &Packets{IntervalNs: p.IntervalNs, JitterNs: p.JitterNs}
	if n+m > 0 {
		out.JitterNs = units.Whole((float64(p.JitterNs)*float64(n) + float64(q.JitterNs)*float64(m)) / float64(n+m))
	}
	return out
}

// members tells of each instance, and adds up what they say of the plan and the server.
func (r *Result) members(parts []*Part) {
	m := r.Merged
	plans, views := true, true
	var plan Arrivals
	var sum uint64
	for n, p := range parts {
		i, res := p.instance(), p.Result
		member := Member{ID: i.ID, Segment: i.Segment.String(), Host: i.Host, Start: res.Start, LateNs: i.LateNs, DurationS: res.DurationS,
			Messages: res.Totals.Messages, PayloadBytes: res.Totals.PayloadBytes, WireBytes: res.Totals.WireBytes, Error: res.Error}
		if q := res.Latency.Main(); q != nil {
			member.P99Ns = new(q.P99)
		}
		if c, ref := i.Clock, parts[0].instance().Clock; c != nil && ref != nil && n > 0 {
			// Both are by how much the server is ahead of one of them.
			member.ClockNs, member.ClockErrorNs = new(ref.OffsetNs-c.OffsetNs), new(ref.ErrorNs+c.ErrorNs)
		}
		if i.Clock != nil && i.ClockEnd != nil {
			member.DriftNs = new(i.Clock.OffsetNs - i.ClockEnd.OffsetNs)
		}
		m.Instances = append(m.Instances, member)
		if plans = plans && i.Plan != nil; plans {
			s, err := strconv.ParseUint(i.Plan.Sum, 16, 64)
			plans = err == nil
			plan.Messages, sum = plan.Messages+i.Plan.Messages, sum+s
		}
		if views = views && i.Server != nil; views && n == 0 {
			m.Server = new(*i.Server)
		} else {
			m.Server = m.Server.plus(i.Server)
		}
	}
	if plans {
		m.Plan = &Arrivals{plan.Messages, fmt.Sprintf("%016x", sum)}
	}
	if !views {
		m.Server = nil
	}
	r.checkServer()
}

// checkServer doubts a run of which the server has counted something else. It is compared where both count the same, and after a
// run in which nothing was cut off.
func (r *Result) checkServer() {
	s := r.Merged.Server
	if s == nil || s.Open > 0 || r.Failed() || r.Config.OmitS > 0 || r.Totals.WireBytes == nil {
		return
	}
	bytes := map[string]int64{"echo": s.BytesOut, "churn": s.BytesOut, "ack": s.BytesIn, "push": s.BytesIn}
	if r.Config.DurationS == 0 { // else the server has sent what nobody has waited for
		bytes["pull"] = s.BytesOut
	}
	if b, ok := bytes[r.Workload]; ok && b != *r.Totals.WireBytes {
		r.doubt(fmt.Sprintf("the server has counted %s, the clients %d", plural(b, "byte"), *r.Totals.WireBytes))
	}
}
