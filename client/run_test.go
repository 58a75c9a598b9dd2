package client_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

func TestPull(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	for _, framing := range []string{"raw", "text", "u32", "u32le", "u64", "length:width=3,trailer=ce,adjust=1", "u16:max=1000"} {
		for _, n := range []int64{1, 12345, 1 << 20, 40<<20 + 7} {
			for _, conns := range []int{1, 3} {
				t.Run(fmt.Sprintf("%s/%d/%d", framing, n, conns), func(t *testing.T) {
					r, err := client.Run(context.Background(), client.Config{Workload: client.Pull, Addr: s.Addr, Framing: framing, Bytes: n, Conns: conns, Seed: 5}, client.Observer{})
					if err != nil {
						t.Fatal(err)
					}
					if r.Payload != n {
						t.Errorf("payload %d bytes, want %d", r.Payload, n)
					}
					if r.Wire < n {
						t.Errorf("wire %d bytes, payload %d", r.Wire, n)
					}
				})
			}
		}
	}
}

func TestExchange(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	for _, workload := range []string{client.Echo, client.Ack} {
		for _, framing := range []string{"u32", "u32le", "u64", "raw"} {
			for _, depth := range []int{1, 8, 100} {
				for _, size := range []int{1, 64, 4096, 300000} {
					if depth*size > 8<<20 || framing == "raw" && workload == client.Ack {
						continue
					}
					t.Run(fmt.Sprintf("%s/%s/%d/%d", workload, framing, depth, size), func(t *testing.T) {
						messages := int64(501)
						if size > 64<<10 {
							messages = 101 // several times what all buffers hold
						}
						r, err := client.Run(context.Background(), client.Config{Workload: workload, Addr: s.Addr, Framing: framing, Messages: messages, Conns: 2, Depth: depth, Size: size, Seed: 5}, client.Observer{})
						if err != nil {
							t.Fatal(err)
						}
						if r.Messages != messages || r.Response.TotalCount() != messages {
							t.Errorf("%d messages, %d latencies, want %d", r.Messages, r.Response.TotalCount(), messages)
						}
					})
				}
			}
		}
	}
}

func TestDurationEndsTheRun(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	for _, workload := range client.Workloads() {
		// A run in which nothing came is a failed one, and rightly: on a busy machine that can be a short time.
		for d := 50 * time.Millisecond; ; d *= 4 {
			r, err := client.Run(context.Background(), client.Config{Workload: workload, Addr: s.Addr, Duration: d, Conns: 2}, client.Observer{})
			if err == nil && r.Payload > 0 {
				break
			}
			if d > 10*time.Second {
				t.Errorf("%s for %v: %d bytes, %v", workload, d, r.Payload, err)
				break
			}
		}
	}
}

func TestBounds(t *testing.T) {
	s := servertest.Start(t, server.Config{Limits: server.Limits{MaxFrame: 1000, MaxTransfer: 1500}})
	for _, tc := range []struct {
		config   client.Config
		payload  int64
		messages int64
	}{
		{client.Config{Bytes: 300, Messages: 3, Size: 100, Conns: 2}, 300, 4}, // 150 each: a frame and a half
		{client.Config{Messages: 10, Size: 1000}, 10_000, 10},
		{client.Config{Messages: 10}, 10_000, 10}, // frames as the server can send them
		{client.Config{Bytes: 10}, 10, 1},
	} {
		tc.config.Workload, tc.config.Addr = client.Pull, s.Addr
		r, err := client.Run(context.Background(), tc.config, client.Observer{})
		if err != nil || r.Payload != tc.payload || r.Messages != tc.messages {
			t.Errorf("%+v: %d bytes, %d messages, %v; want %d, %d", tc.config, r.Payload, r.Messages, err, tc.payload, tc.messages)
		}
	}
}

// A run that is stopped tells what it measured, leaves nothing and is no error.
func TestStop(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	for _, c := range []client.Config{
		{Workload: client.Pull, Addr: s.Addr, Duration: time.Hour, Conns: 2},
		{Workload: client.Echo, Addr: s.Addr, Duration: time.Hour, Conns: 2},
		{Workload: client.Echo, Addr: s.Addr, Duration: time.Hour, Depth: 10, Size: 1 << 20},
	} {
		ctx, stop := context.WithCancel(context.Background())
		r, err := client.Run(ctx, c, client.Observer{Progress: func(n client.Counts) {
			if n.Payload > 0 {
				stop()
			}
		}})
		stop()
		if err != nil || r.Payload == 0 {
			t.Errorf("%s: %d bytes, %v", c.Workload, r.Payload, err)
		}
	}
}
