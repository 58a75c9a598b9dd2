package report

import (
	"fmt"
	"strings"

	"github.com/loadframe/loadframe/internal/units"
)

// latency writes a table with one row a view.
func (t *text) latency(r *Result) {
	l := r.Latency
	if l == nil || l.Response == nil && l.Service == nil {
		return
	}
	columns := []string{"p50", "p90", "p99", "p99.9", "max", "mean"}
	var head strings.Builder
	for _, c := range columns {
		fmt.Fprintf(&head, "%10s", c)
	}
	t.row("latency", "%s", head.String()[2:])
	for _, v := range []struct {
		name string
		q    *Quantiles
	}{{"response", l.Response}, {"service", l.Service}, {"sent late", r.lag()}, {"connect", l.Connect}, {"up", l.Up}, {"down", l.Down}} {
		if v.q == nil {
			continue
		}
		var cells strings.Builder
		for _, ns := range []int64{v.q.P50, v.q.P90, v.q.P99, v.q.P999, v.q.Max, v.q.Mean} {
			// %10s counts runes, and µ is one: the columns stay straight.
			fmt.Fprintf(&cells, "%10s", formatNs(ns))
		}
		t.row("  "+v.name, "%s", cells.String()[2:])
	}
	if l.Service == nil {
		t.row("", "closed loop: response = service")
	}
}

func (r *Result) lag() *Quantiles {
	if r.Health == nil {
		return nil
	}
	return r.Health.ScheduleLag
}

// cost writes CPU seconds, also for each message and GB, and how many calls moved how much.
func (t *text) cost(r *Result) {
	c := r.Cost
	if c == nil {
		return
	}
	own := r.ownCost()
	if total, ok := own.CPU(); ok {
		s := append([]string{own.whose()}, r.perUnit(total)...)
		if c.ServerCPUS != nil && own.ServerCPUS == nil {
			s = append(s, "server "+formatSeconds(*c.ServerCPUS)+wholeServer)
		}
		t.row("CPU", "%s", strings.Join(s, ", "))
	}
	var messages int64 // 0: of no interest
	if ShapeOf(r.Workload) == RequestReply && r.Totals.Messages != nil {
		messages = *r.Totals.Messages
	}
	end := func(name string, reads, writes *int64, in, out int64) {
		var s []string
		if reads != nil {
			s = append(s, calls("read", *reads, in, messages))
		}
		if writes != nil {
			s = append(s, calls("write", *writes, out, messages))
		}
		if len(s) > 0 {
			t.row(name, "%s", strings.Join(s, ", "))
		}
	}
	if c.ClientAllocs != nil && messages > 0 {
		t.row("allocations", "%.3g objects/message", float64(*c.ClientAllocs)/float64(messages))
	}
	in, out := r.directions()
	end("client", c.ClientReads, c.ClientWrites, in, out)
	if own.ServerReads == nil && c.ServerReads != nil && c.ServerWrites != nil {
		t.row("server", "%s, %s%s", plural(*c.ServerReads, "read"), plural(*c.ServerWrites, "write"), wholeServer)
		return
	}
	end("server", c.ServerReads, c.ServerWrites, out, in)
}

// wholeServer marks what cannot be divided by the messages of a segment.
const wholeServer = " (whole server)"

// perUnit relates CPU seconds to what was done with them, where enough was done to divide by.
func (r *Result) perUnit(cpu float64) []string {
	var s []string
	if m := r.Totals.Messages; ShapeOf(r.Workload) == RequestReply && m != nil && *m > 0 {
		s = append(s, formatNs(units.Whole(cpu/float64(*m)*1e9))+"/message")
	}
	if gb := float64(r.Totals.PayloadBytes) / 1e9; gb >= 0.001 {
		s = append(s, fmt.Sprintf("%.3g s/GB", cpu/gb))
	}
	return s
}

// calls says how often a call was made and how much one moved in the mean: bytes, and messages of request-reply workloads.
// Messages a call tell coalescing apart from speed. Zero bytes or messages: unknown.
func calls(noun string, n, bytes, messages int64) string {
	s := plural(n, noun)
	if n <= 0 {
		return s
	}
	if bytes > 0 {
		s += " of " + units.FormatBytesSI(units.Whole(float64(bytes)/float64(n)))
	}
	if messages > 0 {
		s += fmt.Sprintf(" (%s)", perCall(float64(messages)/float64(n)))
	}
	return s
}

// directions returns the bytes that the client received and sent, as far as the result knows them: 0 where it does not. Only
// one direction is measured; an echo sends as much as it receives.
func (r *Result) directions() (in, out int64) {
	n := r.Totals.PayloadBytes
	if r.Totals.WireBytes != nil {
		n = *r.Totals.WireBytes
	}
	switch r.Workload {
	case "pull", "stream":
		return n, 0
	case "push", "ack":
		return 0, n
	case "echo":
		return n, n
	case "stamp":
		return n, 0
	}
	return 0, 0
}

// perCall returns messages a call with three digits: "1.01 messages", "64.0 messages".
func perCall(messages float64) string {
	if messages >= 999.5 {
		return units.FormatDigits(units.Whole(messages)) + " messages"
	}
	return fmt.Sprintf("%#.3g messages", messages)
}

// whose names the CPU seconds by their owner.
func (c *Cost) whose() string {
	if c.ProcessCPUS != nil {
		return formatSeconds(*c.ProcessCPUS) + " for client and server in one process"
	}
	var s []string
	if c.ClientCPUS != nil {
		s = append(s, "client "+formatSeconds(*c.ClientCPUS))
	}
	if c.ServerCPUS != nil {
		s = append(s, "server "+formatSeconds(*c.ServerCPUS))
	}
	return strings.Join(s, ", ")
}

// tcp writes what the kernel saw of the path, if it saw something.
func (t *text) tcp(r *Result) {
	i := r.TCPInfo
	if i == nil {
		return
	}
	var s []string
	if i.Congestion != "" {
		s = append(s, i.Congestion)
	}
	if i.RTTNs != nil {
		s = append(s, "RTT "+formatNs(*i.RTTNs))
	}
	if i.SndCwnd != nil {
		s = append(s, fmt.Sprintf("cwnd %d", *i.SndCwnd))
	}
	if i.Retransmits != nil {
		s = append(s, plural(*i.Retransmits, "retransmit"))
	}
	if i.TransferTimeRatio != nil {
		s = append(s, fmt.Sprintf("transfer time ratio %.4g", *i.TransferTimeRatio))
	}
	if i.Efficiency != nil {
		s = append(s, fmt.Sprintf("efficiency %.4g %%", 100**i.Efficiency))
	}
	if i.BufferDelay != nil {
		s = append(s, "buffer delay "+units.FormatDigits(units.Whole(100**i.BufferDelay))+" %")
	}
	if len(s) > 0 {
		t.row("TCP", "%s", strings.Join(s, ", "))
	}
}
