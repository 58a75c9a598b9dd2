package cli

import (
	"fmt"
	"net/netip"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/internal/report"
)

// tellable refuses what cannot be told in iperf3's keys.
func tellable(c client.Config) error {
	switch {
	case !report.IsIperf3(c.Workload):
		return fmt.Errorf("--json-format iperf3: %s has no counterpart there, only pull, push and duplex have", c.Workload)
	case c.Conns > 1:
		return fmt.Errorf("--json-format iperf3: -P %d: it tells connections apart, which are counted together here; want -P 1", c.Conns)
	}
	return nil
}

// connections returns what each connection of a run moved: nil where only
// their sum is known.
func connections(res *client.Result, intervals []report.Interval) []report.Connection {
	if res.Config.Conns != 1 || res.Took == 0 {
		return nil
	}
	remote, _ := netip.ParseAddrPort(res.Config.Addr) // a name has none
	c := report.Connection{Socket: 1, Remote: remote, Sender: res.Config.Workload == "push", Totals: report.Flow{Sent: res.Payload, Received: res.Payload}}
	for _, v := range intervals {
		c.Intervals = append(c.Intervals, report.Flow{StartS: v.StartS, EndS: v.EndS, Sent: v.PayloadBytes, Received: v.PayloadBytes})
	}
	return []report.Connection{c}
}
