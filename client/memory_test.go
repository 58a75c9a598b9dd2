//go:build !race

// The race detector makes stacks and blocks larger.

package client_test

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// A connection of 10,000 may cost 20 KiB: its goroutines' stacks, buffers and
// latencies. The histograms, which all share, are counted to fewer here.
func TestConnectionIsSmall(t *testing.T) {
	p := servertest.StartProcess(t, servertest.Loadframe, 0, server.Limits{})
	const conns, limit = 1000, 20 << 10
	for name, c := range map[string]client.Config{
		"closed": {},
		"open":   {Arrival: "poisson:5k"},
	} {
		used := func() uint64 {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			return m.HeapAlloc + m.StackInuse
		}
		before := used()
		c.Workload, c.Addr, c.Conns, c.Duration = client.Echo, p.Addr, conns, time.Hour
		ctx, stop := context.WithCancel(context.Background())
		var during uint64
		_, err := client.Run(ctx, c, client.Observer{Progress: func(n client.Counts) {
			if n.Messages > 5*conns && during == 0 {
				during = used()
				stop()
			}
		}})
		stop()
		if err != nil {
			t.Fatal(err)
		}
		each := (int64(during) - int64(before)) / conns
		t.Logf("%s: %d bytes a connection", name, each)
		if each > limit {
			t.Errorf("%s: %d bytes a connection, limit %d", name, each, limit)
		}
	}
}
