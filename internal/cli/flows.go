package cli

import (
	"fmt"
	"net"
	"net/netip"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/internal/report"
)

// tellable refuses what cannot be told in iperf3's keys.
func tellable(c client.Config) error {
	if !report.IsIperf3(c.Workload) {
		return fmt.Errorf("--json-format iperf3: %s has no counterpart there, only pull, push and duplex have", c.Workload)
	}
	return nil
}

// connections returns what each connection of a run moved. What was sent and
// what arrived is one figure here: payload is counted where it arrives, and a
// run in which that is less than what was sent has failed.
func connections(res *client.Result) []report.Connection {
	var all []report.Connection
	for _, c := range res.Conns {
		out := report.Connection{Socket: c.ID + 1, Local: addrPort(c.Local), Remote: addrPort(c.Remote), Sender: c.Up, Totals: flow(c.Totals)}
		for _, f := range c.Intervals {
			out.Intervals = append(out.Intervals, flow(f))
		}
		all = append(all, out)
	}
	return all
}

func flow(f client.Flow) report.Flow {
	return report.Flow{
		StartS: f.Start.Seconds(), EndS: f.End.Seconds(), Sent: f.Payload, Received: f.Payload,
		Retransmits: f.Retransmits, SndCwnd: f.Cwnd, SndWnd: f.Window, PMTU: f.PMTU,
		Packets: f.Packets, Lost: f.Lost, OutOfOrder: f.Reordered, JitterNs: f.Jitter.Nanoseconds(),
		RTTNs: f.RTT.Nanoseconds(), RTTVarNs: f.RTTVar.Nanoseconds(), MinRTTNs: f.MinRTT.Nanoseconds(),
	}
}

// addrPort is the zero value for what has no port.
func addrPort(a net.Addr) netip.AddrPort {
	if t, ok := a.(interface{ AddrPort() netip.AddrPort }); ok { // TCP's and UDP's
		p := t.AddrPort()
		return netip.AddrPortFrom(p.Addr().Unmap(), p.Port())
	}
	return netip.AddrPort{}
}
