package cli

import (
	"cmp"
	"math"
	"strings"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/report"
)

// newResult puts what a run measured into the form that is reported.
func (r *run) newResult(res *client.Result) *report.Result {
	c := res.Config
	out := &report.Result{
		Tool:      report.ThisTool(),
		Command:   r.env.args,
		Config:    r.configOf(c, res.Batch),
		Host:      report.ThisHost(),
		Start:     res.Start,
		DurationS: res.Took.Seconds(),
		Workload:  c.Workload,
		Framing:   c.Framing,
		Transport: transport(c.Network),
	}
	out.Instance = r.instance(res)
	if out.Start.IsZero() {
		out.Start = time.Now() // it failed before it began
	}
	if len(res.Faults) > 0 {
		out.Totals.Faults = map[string]int64{}
		for class, n := range res.Faults {
			out.Totals.Faults[class] = int64(n)
		}
	}
	if res.Took == 0 {
		return out
	}
	out.Totals = report.Totals{
		PayloadBytes: res.Payload,
		WireBytes:    new(res.Wire),
		Errors:       int64(res.Failed),
		Connections:  res.Connections,
		Faults:       out.Totals.Faults,
	}
	// What a server did not report it may not have received, or not have found right.
	if c.Verify != client.VerifyNone && (res.Unreported == 0 || res.VerifyErrors > 0) {
		out.Totals.VerifyErrors = new(res.VerifyErrors)
	}
	if countsMessages(c) {
		out.Totals.Messages = new(res.Messages)
	}
	datagrams(out, res)
	out.Rates = out.Totals.Rates(out.DurationS)
	if c.Arrival != "" {
		out.Totals.Unsent = new(res.Unsent)
	}
	out.Latency = curved(res.Response, res.Service)
	if out.Latency != nil {
		out.Latency.Connect, out.Latency.Up, out.Latency.Down = report.Summarize(res.Connect), report.Summarize(res.Up), report.Summarize(res.Down)
	}
	if out.TCPInfo = tcpInfo(res.TCP, c); out.TCPInfo != nil {
		out.TCPInfo.TransferTimeRatio = report.TransferTimeRatio(out, out.Config.PathBitsPerS)
	}
	own(out, res)
	out.Cost = r.cost(res)
	out.Health = &report.Health{
		GeneratorLimited: res.Health.GeneratorLimited,
		Reasons:          res.Health.Reasons,
		ScheduleLag:      report.Summarize(res.Lag),
	}
	return out
}

func (r *run) configOf(c client.Config, batch int) report.Config {
	out := report.Config{
		Addr:        c.Addr,
		Embedded:    r.embedded != nil,
		Framing:     c.Framing,
		Handler:     c.Handler,
		Workload:    c.Workload,
		Connections: c.Conns,
		DurationS:   c.Duration.Seconds(),
		Bytes:       c.Bytes,
		Messages:    c.Messages,
		Size:        int64(c.Size),
		Sizes:       c.Sizes,
		Payload:     c.Payload,
		NoDelay:     new(!c.Nagle),
		Schedule:    c.Arrival,
		BitsPerS:    int64(r.flags.bitrate),
		OmitS:       c.Omit.Seconds(),

		PathBitsPerS: int64(r.flags.pathRate),
		Verify:       string(c.Verify),
		Seed:         c.Seed,
		IntervalS:    c.Interval.Seconds(),
		Plain:        c.Plain,
		Batch:        batch,
		TimeoutS:     c.Timeout.Seconds(),
		Title:        r.flags.title,
		Labels:       r.labels,
		Window:       int64(c.Socket.Window),
		MSS:          int64(c.Socket.MSS),
		Congestion:   c.Socket.Congestion,
		ToS:          c.Socket.ToS,
		Bind:         strings.Join(c.Socket.Bind, ","),
		ZeroCopy:     c.Socket.ZeroCopy,
		SkipRxCopy:   c.Socket.SkipRxCopy,
		Affinity:     r.flags.affinity,
	}
	if transport(c.Network) != "tcp" {
		out.NoDelay = nil
	}
	if report.ShapeOf(c.Workload) == report.RequestReply {
		out.Depth = c.Depth
	}
	if s, err := client.ParseSchedule(c.Arrival); err == nil {
		out.MessagesPerS = s.Rate()
		if transport(c.Network) == "udp" && report.ShapeOf(c.Workload) == report.Bulk && c.Workload != client.Stream {
			out.BitsPerS = int64(math.Round(8 * s.Rate() * float64(c.Size)))
		}
	}
	return out
}

// datagrams fills in what UDP alone has.
func datagrams(out *report.Result, res *client.Result) {
	if out.Transport != "udp" {
		return
	}
	n := &out.Totals
	n.Sent, n.Lost, n.Reordered, n.Duplicated, n.Late = new(res.Sent), new(res.Lost), new(res.Reordered), new(res.Duplicated), new(res.Counts.Late)
	out.Path = pathOf(res.Path)
	out.Clock = clock(res.Clock)
}

func pathOf(p *client.Path) *report.Path {
	if p == nil {
		return nil
	}
	return &report.Path{DelayMinNs: p.DelayMin.Nanoseconds(), DelayMeanNs: p.DelayMean.Nanoseconds(), DelayMaxNs: p.DelayMax.Nanoseconds(), JitterNs: p.Jitter.Nanoseconds()}
}

// directions tells what went each way apart.
func directions(out *report.Result, res *client.Result) *report.Directions {
	way := func(n client.Counts, p *client.Path) report.Direction {
		d := report.Direction{PayloadBytes: n.Payload, WireBytes: n.Wire, GoodputBytesPerS: report.PerSecond(n.Payload, out.DurationS)}
		if out.Transport == "udp" {
			d.Sent, d.Lost, d.Reordered, d.Duplicated, d.Late = &n.Sent, &n.Lost, &n.Reordered, &n.Duplicated, &n.Late
			d.Path = pathOf(p)
		}
		return d
	}
	up, down := res.Upward, res.Counts
	down.Payload, down.Wire, down.Sent, down.Lost = down.Payload-up.Payload, down.Wire-up.Wire, down.Sent-up.Sent, down.Lost-up.Lost
	down.Reordered, down.Duplicated, down.Late = down.Reordered-up.Reordered, down.Duplicated-up.Duplicated, down.Late-up.Late
	return &report.Directions{Down: way(down, res.PathDown), Up: way(up, res.PathUp)}
}

// latency returns nil where there is none. In a closed loop service is the same
// as response, and not measured.
func latency(response, service *hdrhistogram.Histogram) *report.Latency {
	if q := report.Summarize(response); q != nil {
		return &report.Latency{Response: q, Service: report.Summarize(service)}
	}
	return nil
}

// curved is latency of a whole run, with the curves that a page draws.
func curved(response, service *hdrhistogram.Histogram) *report.Latency {
	l := latency(response, service)
	if l != nil {
		l.Response.Curve = report.Curve(response)
	}
	if l != nil && l.Service != nil {
		l.Service.Curve = report.Curve(service)
	}
	return l
}

// own fills in what only one workload has.
func own(out *report.Result, res *client.Result) {
	switch res.Config.Workload {
	case client.Duplex:
		out.Directions = directions(out, res)
	case client.Stream:
		s := res.Streamed
		out.Stream = &report.Packets{IntervalNs: s.Interval.Nanoseconds(), JitterNs: s.Jitter.Nanoseconds(), IntervalError: report.Summarize(s.IntervalError)}
		out.Totals.Lost, out.Totals.Late = new(s.Lost), new(s.Late) // over UDP the same again
	case client.Stamp:
		out.Clock = clock(res.Clock)
	case client.Idle:
		if s := res.Server; s != nil {
			out.Idle = &report.Idle{Connections: s.Conns, HeapBytes: s.Heap, StackBytes: s.Stack, RSSBytes: s.RSS, BytesPerConnection: s.PerConn, RSSBytesPerConnection: s.RSSPerConn}
		}
	}
}

// tcpInfo returns nil where the system does not tell.
func tcpInfo(t *client.TCPTotals, c client.Config) *report.TCPInfo {
	if t == nil {
		return nil
	}
	out := &report.TCPInfo{
		Connections: int64(t.Connections), Congestion: t.Congestion, MSS: new(t.MSS), PMTU: new(t.PMTU), RTTNs: new(t.RTT.Nanoseconds()), RTTVarNs: new(t.RTTVar.Nanoseconds()),
		MinRTTNs: new(t.MinRTT.Nanoseconds()), SndCwnd: new(t.Cwnd), Retransmits: new(t.Retransmits), RetransmitBytes: new(t.Resent),
		DeliveryRateBytesPerS: new(t.DeliveryRate), SentBytes: new(t.SentBytes),
		SendBuffer: new(int64(t.SendBuffer)), ReceiveBuffer: new(int64(t.ReceiveBuffer)), ToS: new(int64(t.ToS)),
	}
	if t.SentBytes > 0 {
		out.Efficiency = new(1 - float64(t.Resent)/float64(t.SentBytes))
	}
	// Of a connection that only receives the kernel knows no RTT under load.
	if c.Workload != client.Pull && t.MinRTT > 0 {
		out.BufferDelay = new(float64(t.RTT)/float64(t.MinRTT) - 1)
	}
	return out
}

// transport is the kind of a network that net knows.
func transport(network string) string {
	return strings.TrimRight(cmp.Or(network, "tcp"), "46")
}

func (r *run) cost(res *client.Result) *report.Cost {
	cpu := res.CPU.Total() // 0: unknown
	cost := &report.Cost{ClientReads: new(res.Reads), ClientWrites: new(res.Writes), ClientAllocs: new(res.Allocs)}
	if s := res.Server; s != nil && r.embedded == nil {
		cost.ServerCPUS, cost.ServerReads, cost.ServerWrites = new(s.CPU.Seconds()), new(s.Reads), new(s.Writes)
	}
	if cpu > 0 && r.embedded == nil {
		cost.ClientCPUS = new(cpu.Seconds())
	}
	if r.embedded != nil {
		if cpu > 0 {
			cost.ProcessCPUS = new(cpu.Seconds()) // the two ends cannot be told apart
		}
		s := r.embedded.Stats()
		cost.ServerReads, cost.ServerWrites = new(s.Reads-r.served.Reads), new(s.Writes-r.served.Writes)
		if transport(res.Config.Network) == "udp" {
			cost.ServerReads, cost.ServerWrites = new(s.DatagramReads-r.served.DatagramReads), new(s.DatagramWrites-r.served.DatagramWrites)
		}
	}
	return cost
}

// countsMessages tells whether messages mean something: of a raw pull they
// would be what single reads returned.
func countsMessages(c client.Config) bool {
	if transport(c.Network) == "udp" {
		return true
	}
	cod, err := codec.Parse(c.Framing)
	bulk := c.Workload == client.Pull || c.Workload == client.Push || c.Workload == client.Duplex
	return !bulk || err == nil && codec.Delimits(cod)
}

func interval(i client.Interval, c client.Config) report.Interval {
	v := report.Interval{
		StartS:       i.Start.Seconds(),
		EndS:         i.End.Seconds(),
		PayloadBytes: i.Payload,
		WireBytes:    new(i.Wire),
		Latency:      latency(i.Response, i.Service),
		Omitted:      i.Omitted,
		TCPInfo:      tcpInfo(i.TCP, c),
	}
	if i.TCP != nil {
		v.Retransmits = new(i.Retransmits)
	}
	if c.Workload == client.Duplex {
		v.UpBytes = new(i.Upward.Payload)
	}
	if countsMessages(c) {
		v.Messages = new(i.Messages)
	}
	if transport(c.Network) == "udp" {
		v.Lost, v.Reordered, v.Duplicated = new(i.Lost), new(i.Reordered), new(i.Duplicated)
		if c.Workload == client.Duplex {
			v.UpLost, v.UpReordered, v.UpDuplicated = new(i.Upward.Lost), new(i.Upward.Reordered), new(i.Upward.Duplicated)
		}
	}
	ns := func(j *time.Duration) *int64 {
		if j == nil {
			return nil
		}
		return new(j.Nanoseconds())
	}
	v.JitterNs, v.UpJitterNs, v.DownJitterNs = ns(i.Jitter.All), ns(i.Jitter.Up), ns(i.Jitter.Down)
	return v.WithRates()
}
