package admin

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/loadframe/loadframe/server"
)

// collector reads the server's counts when it is scraped, so that serving pays
// nothing for them.
type collector struct{ srv *server.Server }

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("loadframe_"+name, help, labels, nil)
}

var (
	connections  = describe("connections", "Connections that are open.")
	onLane       = describe("lane_connections", "Connections that are open and on the lane: served by a goroutine of their own.")
	accepted     = describe("connections_accepted_total", "Connections that were let in.")
	refused      = describe("refusals_total", "Peers that were refused or cut off, by the limit or the reason.", "reason")
	udpRunning   = describe("udp_transfers", "Files and streams over UDP that run.")
	udpTransfers = describe("udp_transfers_total", "Files and streams over UDP, by how they ended.", "result")
	udpErrors    = describe("udp_send_errors_total", "Writes of datagrams that the system refused.")
	stalled      = describe("connections_stalled_total", "Connections cut off because their peer took nothing for the stall timeout.")
	wireBytes    = describe("wire_bytes_total", "Bytes on connections and in datagrams, by the kind of session and direction as the server sees it.", "handler", "framing", "direction")
	payloadBytes = describe("payload_bytes_total", "Bytes of payload in frames; those out are counted when the reply begins.", "handler", "framing", "direction")
	frames       = describe("frames_total", "Frames; those out are counted when the reply begins.", "handler", "framing", "direction")
	calls        = describe("io_calls_total", "System calls that moved bytes.", "handler", "framing", "direction")
	laneMoves    = describe("lane_moves_total", "Connections that moved from their loop to the lane.")
	giveBacks    = describe("lane_returns_total", "Connections that came back from the lane to their loop.")
	transfers    = describe("transfers_total", "Files too big for one write, by how they ended.", "result")
	records      = describe("records_total", "Records that the record handler took.")
	recordsLost  = describe("records_lost_total", "Records that were not handed on, because what takes them was too slow.")
	failures     = describe("errors_total", "What peers sent that could not be served, by class.", "class")
	rateWaits    = describe("rate_waits_total", "Waits of connections that have had more than their rate, by whose rate it is.", "limit")
	panics       = describe("panics_total", "Panics of handlers; each has cost a connection.")
	draining     = describe("draining", "1 while the server takes no more connections, else 0.")
	turn         = describe("loop_turn_seconds", "How long a loop was busy with one connection, which is how long its others waited. One turn of 64 is timed.")
)

func (c collector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{connections, onLane, accepted, refused, stalled, wireBytes, payloadBytes, frames, calls,
		laneMoves, giveBacks, transfers, udpRunning, udpTransfers, udpErrors, records, recordsLost, rateWaits, failures, panics, draining, turn} {
		ch <- d
	}
}

func (c collector) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, n int64) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(n))
	}
	count := func(d *prometheus.Desc, n int64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...)
	}
	s := c.srv.Stats()
	gauge(connections, s.Conns)
	gauge(onLane, s.Lanes)
	count(accepted, s.Accepted)
	count(stalled, s.Stalls)
	count(laneMoves, s.LaneMoves)
	count(giveBacks, s.GiveBacks)
	count(transfers, s.FilesSent, "complete")
	count(transfers, s.FilesBroken, "broken")
	gauge(udpRunning, s.Transfers)
	count(udpTransfers, s.TransfersDone, "complete")
	count(udpTransfers, s.TransfersEnded, "ended")
	count(udpErrors, s.DatagramSendErrors)
	count(records, s.Records)
	count(recordsLost, s.RecordsLost)
	count(rateWaits, s.RateWaits, "connection")
	count(rateWaits, s.AddrRateWaits, "address")
	count(panics, s.Panics)
	stopping := int64(0)
	if c.srv.Draining() {
		stopping = 1
	}
	gauge(draining, stopping)
	for reason, n := range c.srv.Refusals() {
		count(refused, n, reason)
	}
	for class, n := range c.srv.Errors() {
		count(failures, n, class)
	}
	for _, t := range c.srv.Traffic() {
		for _, m := range []struct {
			desc    *prometheus.Desc
			in, out int64
		}{{wireBytes, t.BytesIn, t.BytesOut}, {payloadBytes, t.PayloadIn, t.PayloadOut}, {frames, t.FramesIn, t.FramesOut}, {calls, t.Reads, t.Writes}} {
			count(m.desc, m.in, t.Handler, t.Framing, "in")
			count(m.desc, m.out, t.Handler, t.Framing, "out")
		}
	}
	turns := c.srv.Turns()
	buckets := map[float64]uint64{}
	for i, bound := range server.TurnBounds {
		buckets[bound] = uint64(turns.Buckets[i])
	}
	ch <- prometheus.MustNewConstHistogram(turn, uint64(turns.Count), turns.Sum.Seconds(), buckets)
}
