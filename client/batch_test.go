package client_test

import (
	"context"
	"testing"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// A write carries no more messages than the batch, the depth and 64 KiB allow.
func TestBatch(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	for _, c := range []struct {
		config      client.Config
		batch       int
		least, most int64 // writes; most 0: whatever
	}{
		{client.Config{Messages: 640, Depth: 64}, 64, 10, 0},
		{client.Config{Messages: 640, Depth: 64, Batch: 1}, 1, 640, 640},
		{client.Config{Messages: 640, Depth: 64, Batch: 10}, 10, 64, 0},
		{client.Config{Messages: 640, Depth: 4, Batch: 10}, 4, 160, 0},
		{client.Config{Messages: 64, Depth: 64, Size: 60_000, Batch: 8}, 2, 32, 0},
		{client.Config{Messages: 640, Arrival: "burst:640@640", Batch: 64}, 64, 10, 0},
		{client.Config{Messages: 640, Arrival: "burst:640@640"}, 1, 640, 640},
		{client.Config{Messages: 640, Depth: 64, Batch: 1, Nagle: true}, 1, 640, 640},
	} {
		c.config.Workload, c.config.Addr = client.Echo, s.Addr
		r, err := client.Run(context.Background(), c.config, client.Observer{})
		if err != nil || r.Batch != c.batch || r.Writes < c.least || c.most > 0 && r.Writes > c.most || r.Messages != c.config.Messages {
			t.Errorf("%+v: batch %d, %d writes, %d messages, %v; want batch %d, writes %d to %d", c.config, r.Batch, r.Writes, r.Messages, err, c.batch, c.least, c.most)
		}
	}
}

// Messages of every size and content come back as they went.
func TestSizesAndPayloads(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	for _, sizes := range []string{"uniform:1..3000", "lognormal:200,2", "bimodal:10,100000,0.1", ""} {
		for _, payload := range []string{"", "random", "text", "zeros", "worst", "file:batch_test.go"} {
			for _, framing := range []string{"u32", "raw"} {
				for _, depth := range []int{1, 20} {
					c := client.Config{Workload: client.Echo, Addr: s.Addr, Framing: framing, Sizes: sizes, Payload: payload, Depth: depth, Messages: 100, Conns: 2, Seed: 8}
					r, err := client.Run(context.Background(), c, client.Observer{})
					if err != nil || r.Messages != 100 {
						t.Errorf("%s %s %s depth %d: %d messages, %v", sizes, payload, framing, depth, r.Messages, err)
					}
				}
			}
			c := client.Config{Workload: client.Ack, Addr: s.Addr, Sizes: sizes, Payload: payload, Depth: 5, Bytes: 50_000}
			r, err := client.Run(context.Background(), c, client.Observer{})
			if err != nil || r.Payload < 50_000 {
				t.Errorf("ack %s %s: %d bytes, %v", sizes, payload, r.Payload, err)
			}
		}
	}
}
