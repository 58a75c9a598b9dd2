package bench

import (
	"context"
	"io"
	"net"
	"testing"
	"time"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// BenchmarkStalled lets 1,000 connections ask for 1 GiB each and never read,
// and tells what they cost the server in 2 s (memory, CPU) and what another
// connection's echo takes meanwhile.
func BenchmarkStalled(b *testing.B) {
	const peers = 1000
	for b.Loop() {
		p := servertest.StartProcess(b, servertest.Loadframe, 0, server.Limits{})
		before := p.Usage(b)
		conns := make([]net.Conn, 0, peers)
		for range peers {
			c, err := net.Dial("tcp", p.Addr)
			if err == nil {
				_, err = io.WriteString(c, "LOADFRAME/1 framing=u32 handler=generate\n\x00\x00\x00\x0a1073741824")
			}
			if err != nil {
				b.Fatal(err)
			}
			conns = append(conns, c)
		}
		var settled server.Stats
		for last, looks := settled, 0; settled.Lanes < peers || settled.Writes != last.Writes; looks++ {
			if looks == 200 {
				b.Fatalf("%d of %d peers stalled", settled.Lanes, peers)
			}
			time.Sleep(100 * time.Millisecond) // between looks at the server
			last, settled = settled, p.Usage(b).Server
		}
		start := p.Usage(b)
		time.Sleep(2 * time.Second) // the span that is measured
		end := p.Usage(b)
		r, err := client.Run(context.Background(), client.Config{Workload: client.Echo, Addr: p.Addr, Duration: 2 * time.Second}, client.Observer{})
		if err != nil {
			b.Fatal(err)
		}
		for _, c := range conns {
			c.Close()
		}
		b.ReportMetric(float64(start.Heap+start.Stack-before.Heap-before.Stack)/peers, "B/conn")
		b.ReportMetric(float64((end.CPU-start.CPU).Microseconds())/1000, "cpu-ms/2s")
		b.ReportMetric(float64(r.Response.ValueAtQuantile(99)), "echo-p99-ns")
	}
}
