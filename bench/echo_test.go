package bench

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// BenchmarkEcho makes round trips of 64 bytes in u32 frames, one in flight on a
// connection, NODELAY on, every byte verified. The floors get the same bytes
// from the same client and return them without looking.
func BenchmarkEcho(b *testing.B) {
	for _, conns := range []int{1, 50, 1000} {
		for _, kind := range []string{servertest.Loadframe, servertest.GnetEcho, servertest.StdEcho} {
			b.Run(fmt.Sprintf("server=%s/framing=u32/size=64/depth=1/conns=%d", kind, conns), func(b *testing.B) {
				exchange(b, startEcho(b, kind), client.Config{Framing: "u32", Size: 64, Conns: conns, Plain: true})
			})
		}
	}
}

// BenchmarkEchoDepth keeps many requests in flight, which share writes.
func BenchmarkEchoDepth(b *testing.B) {
	for _, depth := range []int{8, 64} {
		for _, kind := range []string{servertest.Loadframe, servertest.GnetEcho} {
			b.Run(fmt.Sprintf("server=%s/framing=u32/size=64/depth=%d/conns=10", kind, depth), func(b *testing.B) {
				exchange(b, startEcho(b, kind), client.Config{Framing: "u32", Size: 64, Depth: depth, Conns: 10, Plain: true})
			})
		}
	}
}

// startEcho starts a server that needs no preface, with one loop a core where
// there are loops.
func startEcho(b *testing.B, kind string) *servertest.Process {
	if kind == servertest.Loadframe {
		return servertest.StartFramed(b, "u32")
	}
	return servertest.StartProcess(b, kind, 0, server.Limits{})
}

// exchange makes b.N round trips. Connecting is in none of the figures but
// server-cpu-ns.
//
// Before that it makes some more: a process that has never had a thousand
// connections finds memory for them, and the first of several servers that it asks
// would pay for that.
func exchange(b *testing.B, p *servertest.Process, c client.Config) {
	c.Workload, c.Addr, c.Messages = client.Echo, p.Addr, int64(b.N)
	c.Conns = min(c.Conns, b.N)
	if c.Conns < b.N {
		first := c
		first.Messages = int64(min(b.N, 10*c.Conns))
		if _, err := client.Run(context.Background(), first, client.Observer{}); err != nil {
			b.Fatal(err)
		}
	}
	before := p.Usage(b)
	b.ResetTimer()
	r, err := client.Run(context.Background(), c, client.Observer{})
	b.StopTimer()
	if err != nil || r.Messages != int64(b.N) {
		b.Fatalf("%d messages, %v", r.Messages, err)
	}
	per := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / float64(b.N) }
	b.ReportMetric(per(r.Took), "ns/op")
	b.ReportMetric(float64(b.N)/r.Took.Seconds(), "msg/s")
	b.ReportMetric(float64(r.Response.ValueAtQuantile(50)), "p50-ns")
	b.ReportMetric(float64(r.Response.ValueAtQuantile(99)), "p99-ns")
	b.ReportMetric(per(r.CPU.Total()), "client-cpu-ns/op")
	b.ReportMetric(per(p.Usage(b).CPU-before.CPU), "server-cpu-ns/op")
}
