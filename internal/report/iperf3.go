package report

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
	"time"

	"github.com/loadframe/loadframe/internal/units"
)

// WriteIperf3 writes r and what its connections did with the keys of iperf3's -J, so that what reads those reads ours: dashboards, exporters, scripts. The key sets
// are those of iperf3 3.12 for TCP, reverse, bidirectional and UDP; a test compares them with the real program. Figures that we do not
// have (the other end's congestion window, what the remote processor did when the server does not tell) are 0, as iperf3 writes them.
//
// Only workloads that iperf3 has can be told so: pull is its -R, push its default, duplex its --bidir. A run that failed has the key
// error beside what was measured.
func WriteIperf3(w io.Writer, r *Result, conns []Connection) error {
	if !IsIperf3(r.Workload) {
		return fmt.Errorf("report: workload %s cannot be told in iperf3's keys: only pull, push and duplex can", r.Workload)
	}
	return encode(w, iperf3{r.finite(), conns}.document(), "\t", "the result with iperf3's keys")
}

// IsIperf3 reports whether a workload can be told in iperf3's keys.
func IsIperf3(workload string) bool {
	return workload == "pull" || workload == "push" || workload == "duplex"
}

// object is a JSON object whose key set depends on the run: absent keys are absent, as in iperf3.
type object = map[string]any

// iperf3 builds the document of one result.
type iperf3 struct {
	r     *Result
	conns []Connection
}

func (d iperf3) udp() bool   { return d.r.Transport == "udp" }
func (d iperf3) bidir() bool { return d.r.Workload == "duplex" }

func (d iperf3) document() object {
	intervals := []object{}
	for i := range d.r.Intervals {
		intervals = append(intervals, d.interval(i))
	}
	out := object{"start": d.start(), "intervals": intervals, "end": d.end()}
	if title := d.r.Config.Title; title != "" {
		out["title"] = title
	}
	if d.r.Failed() {
		out["error"] = d.r.Error
	}
	return out
}

func (d iperf3) start() object {
	r, c := d.r, &d.r.Config
	to, port := hostPort(c.Addr)
	connected := []object{}
	for _, conn := range d.conns {
		connected = append(connected, object{"socket": conn.Socket, "local_host": hostOf(conn.Local), "local_port": conn.Local.Port(),
			"remote_host": hostOf(conn.Remote), "remote_port": conn.Remote.Port()})
	}
	protocol, reverse := "TCP", 0
	if d.udp() {
		protocol = "UDP"
	}
	if r.Workload == "pull" {
		reverse = 1
	}
	out := object{
		"connected":      connected,
		"version":        r.Tool.Name + " " + r.Tool.Version,
		"system_info":    r.Host.OS + " " + r.Host.Kernel + " " + r.Host.Arch,
		"timestamp":      object{"time": r.Start.UTC().Format(time.RFC1123), "timesecs": r.Start.Unix()},
		"connecting_to":  object{"host": to, "port": port},
		"cookie":         fmt.Sprintf("%036x", r.Start.UnixNano()), // iperf3 identifies a test by 36 characters
		"target_bitrate": c.BitsPerS,
		"sock_bufsize":   c.Window,
		"sndbuf_actual":  c.Window,
		"rcvbuf_actual":  c.Window,
		"test_start": object{
			"protocol": protocol, "num_streams": c.Connections, "blksize": c.Size, "omit": units.Whole(c.OmitS), "duration": units.Whole(c.DurationS),
			"bytes": c.Bytes, "blocks": c.Messages, "reverse": reverse, "tos": c.ToS, "target_bitrate": c.BitsPerS,
		},
	}
	if !d.udp() {
		out["tcp_mss_default"] = int64(0)
		if r.TCPInfo != nil && r.TCPInfo.MSS != nil {
			out["tcp_mss_default"] = *r.TCPInfo.MSS
		}
	}
	return out
}

// interval is one line of the run: each stream, and the sum of each direction.
func (d iperf3) interval(i int) object {
	v := d.r.Intervals[i]
	streams := []object{}
	var sums [2]Flow // to the server, from it
	for _, c := range d.conns {
		if i >= len(c.Intervals) {
			continue // it ended before
		}
		f := c.Intervals[i]
		f.StartS, f.EndS = v.StartS, v.EndS
		o := d.flow(f, moved(f, c.Sender), c.Sender)
		o["socket"], o["omitted"] = c.Socket, v.Omitted
		if c.Sender && !d.udp() {
			o["retransmits"], o["snd_cwnd"], o["snd_wnd"], o["pmtu"] = f.Retransmits, f.SndCwnd, f.SndWnd, f.PMTU
			o["rtt"], o["rttvar"] = f.RTTNs/1000, f.RTTVarNs/1000
		}
		if d.udp() {
			d.datagrams(o, f, !c.Sender)
		}
		streams = append(streams, o)
		s := &sums[direction(c.Sender)]
		s.add(f)
	}
	out := object{"streams": streams}
	for dir, name := range d.sumNames("sum") {
		f := sums[dir]
		f.StartS, f.EndS = v.StartS, v.EndS
		sender := dir == 0
		o := d.flow(f, moved(f, sender), sender)
		o["omitted"] = v.Omitted
		if sender && !d.udp() {
			o["retransmits"] = f.Retransmits
		}
		if d.udp() {
			d.datagrams(o, f, !sender)
		}
		out[name] = o
	}
	return out
}

// sumNames maps the directions that the run has (0: to the server) to the keys of their sums. Of a duplex run the second has a suffix.
func (d iperf3) sumNames(name string) map[int]string {
	switch {
	case d.bidir():
		return map[int]string{0: name, 1: name + "_bidir_reverse"}
	case d.r.Workload == "pull":
		return map[int]string{1: name}
	}
	return map[int]string{0: name}
}

func (d iperf3) end() object {
	out := object{"cpu_utilization_percent": d.cpu()}
	streams := []object{}
	var sums [2]Flow
	for _, c := range d.conns {
		sums[direction(c.Sender)].add(c.Totals)
		streams = append(streams, d.endStream(c))
	}
	out["streams"] = streams
	for dir, name := range d.sumNames("sum_sent") {
		o := d.endFlow(sums[dir], sums[dir].Sent, dir == 0)
		if !d.udp() {
			o["retransmits"] = sums[dir].Retransmits
		}
		out[name] = o
	}
	for dir, name := range d.sumNames("sum_received") {
		out[name] = d.endFlow(sums[dir], sums[dir].Received, dir == 0)
	}
	if d.udp() {
		for dir, name := range d.sumNames("sum") {
			out[name] = d.endFlow(sums[dir], sums[dir].Received, dir == 0)
		}
		return out
	}
	congestion := ""
	if d.r.TCPInfo != nil {
		congestion = d.r.TCPInfo.Congestion
	}
	out["sender_tcp_congestion"], out["receiver_tcp_congestion"] = congestion, congestion
	return out
}

func (d iperf3) endStream(c Connection) object {
	f := c.Totals
	if d.udp() {
		o := d.endFlow(f, f.Received, c.Sender)
		o["socket"], o["out_of_order"] = c.Socket, f.OutOfOrder
		return object{"udp": o}
	}
	sent, received := d.endFlow(f, f.Sent, c.Sender), d.endFlow(f, f.Received, c.Sender)
	sent["socket"], received["socket"] = c.Socket, c.Socket
	sent["retransmits"], sent["max_snd_cwnd"], sent["max_snd_wnd"] = f.Retransmits, f.SndCwnd, f.SndWnd
	sent["max_rtt"], sent["min_rtt"], sent["mean_rtt"] = f.RTTNs/1000, f.MinRTTNs/1000, f.RTTNs/1000
	return object{"sender": sent, "receiver": received}
}

// endFlow is a flow over the whole run.
func (d iperf3) endFlow(f Flow, bytes int64, sender bool) object {
	f.StartS, f.EndS = 0, d.r.DurationS
	o := d.flow(f, bytes, sender)
	if d.udp() {
		d.datagrams(o, f, true)
	}
	return o
}

func (d iperf3) flow(f Flow, bytes int64, sender bool) object {
	seconds := f.EndS - f.StartS
	return object{"start": f.StartS, "end": f.EndS, "seconds": seconds, "bytes": bytes, "bits_per_second": 8 * PerSecond(bytes, seconds), "sender": sender}
}

// datagrams adds what is known of them; only who receives knows of losses.
func (d iperf3) datagrams(o object, f Flow, receiver bool) {
	o["packets"] = f.Packets
	if !receiver {
		return
	}
	percent := 0.0
	if f.Packets > 0 {
		percent = 100 * float64(f.Lost) / float64(f.Packets)
	}
	o["jitter_ms"], o["lost_packets"], o["lost_percent"] = float64(f.JitterNs)/1e6, f.Lost, percent
}

// cpu is the share of one processor, as iperf3 counts. Of one process with both ends in it, neither is known.
func (d iperf3) cpu() object {
	percent := func(s *float64) float64 {
		if s == nil || d.r.DurationS <= 0 {
			return 0
		}
		return 100 * *s / d.r.DurationS
	}
	var host, remote float64
	if c := d.r.Cost; c != nil {
		host, remote = percent(c.ClientCPUS), percent(c.ServerCPUS)
	}
	return object{"host_total": host, "host_user": 0, "host_system": 0, "remote_total": remote, "remote_user": 0, "remote_system": 0}
}

// add sums what adds; of the path it keeps the last, and of jitter the greatest.
func (f *Flow) add(g Flow) {
	f.Sent, f.Received = f.Sent+g.Sent, f.Received+g.Received
	f.Retransmits, f.Packets, f.Lost, f.OutOfOrder = f.Retransmits+g.Retransmits, f.Packets+g.Packets, f.Lost+g.Lost, f.OutOfOrder+g.OutOfOrder
	f.JitterNs = max(f.JitterNs, g.JitterNs)
}

// moved is what the client's end of the flow counted: an interval knows no more.
func moved(f Flow, sender bool) int64 {
	if sender {
		return f.Sent
	}
	return f.Received
}

func direction(sender bool) int {
	if sender {
		return 0
	}
	return 1
}

// hostOf is "" of an address that is not known.
func hostOf(a netip.AddrPort) string {
	if !a.IsValid() {
		return ""
	}
	return a.Addr().String()
}

func hostPort(addr string) (string, int) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr, 0
	}
	n, _ := strconv.Atoi(port) // a service name has no number here
	return host, n
}
