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

// The warm-up is in the intervals that are marked so, and in nothing else.
func TestWarmupIsInNoTotal(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	for _, c := range []client.Config{
		{Workload: client.Echo, Conns: 3},
		{Workload: client.Echo, Arrival: "poisson:2000", Conns: 2},
		{Workload: client.Pull}, {Workload: client.Duplex}, {Workload: client.Stream},
		// Much of which is under way at any moment: read and not complete, or written and not acknowledged.
		{Workload: client.Pull, Size: 4 << 20}, {Workload: client.Push}, {Workload: client.Churn, Size: 1 << 20},
		{Workload: client.Echo, Size: 100_000, Depth: 9, Framing: "raw"}, {Workload: client.Echo, Size: 100_000, Depth: 9}, {Workload: client.Ack, Size: 64 << 10, Depth: 64},
		{Workload: client.Ack, Sizes: "uniform:1..64KiB", Depth: 64},
	} {
		client.Patiently(t, 200*time.Millisecond, func(omit time.Duration) error { // in which something has to come
			c.Addr, c.Omit, c.Duration, c.Interval = s.Addr, omit, omit*3/2, 50*time.Millisecond
			var warm, measured client.Counts
			var up int64
			var jitter *time.Duration
			var latencies int64
			var began, last time.Duration
			begun := 0
			start := time.Now()
			r, err := client.Run(context.Background(), c, client.Observer{
				Begin: func() { begun++ },
				Interval: func(i client.Interval) {
					if i.Start != last {
						t.Errorf("%s: interval from %v after %v", c.Workload, i.Start, last)
					}
					last = i.End
					sum := &measured
					if i.Omitted {
						sum, began = &warm, i.End
					} else if i.Response != nil {
						latencies += i.Response.TotalCount()
					}
					if i.Omitted != (begun == 0) {
						t.Errorf("%s: omitted %v after %d beginnings", c.Workload, i.Omitted, begun)
					}
					if i.Response != nil && i.Response.TotalCount() != i.Messages {
						t.Errorf("%s: an interval of %d messages has %d latencies", c.Workload, i.Messages, i.Response.TotalCount())
					}
					if i.Wire < i.Payload {
						t.Errorf("%s of %d bytes: an interval of %d payload bytes has %d wire bytes", c.Workload, c.Size, i.Payload, i.Wire)
					}
					if jitter = i.Jitter.All; !i.Omitted {
						up += i.Upward.Payload
					}
					if i.Upward.Payload > i.Payload || i.Upward.Wire > i.Wire {
						t.Errorf("%s: an interval of %d bytes has %d that went up", c.Workload, i.Payload, i.Upward.Payload)
					}
					sum.Messages += i.Messages
					sum.Payload += i.Payload
					sum.Wire += i.Wire
				},
			})
			if err != nil {
				return err
			}
			if warm.Payload == 0 {
				return fmt.Errorf("%s: nothing came in the warm-up", c.Workload)
			}
			if measured.Payload != r.Payload || measured.Messages != r.Messages || begun != 1 {
				t.Errorf("%s: intervals %d bytes, result %d; %d beginnings", c.Workload, measured.Payload, r.Payload, begun)
			}
			if measured.Wire != r.Wire || r.Wire < r.Payload {
				t.Errorf("%s: intervals %d wire bytes, result %d, of %d payload bytes", c.Workload, measured.Wire, r.Wire, r.Payload)
			}
			if up != r.Upward.Payload {
				t.Errorf("%s: intervals %d bytes up, result %d", c.Workload, up, r.Upward.Payload)
			}
			if s := r.Streamed; s != nil && (jitter == nil || *jitter != s.Jitter) {
				t.Errorf("the last interval ends with a jitter of %v, the run with %v", jitter, s.Jitter)
			}
			if r.Response != nil && (latencies != r.Messages || r.Response.TotalCount() != r.Messages) {
				t.Errorf("%s: %d messages, %d latencies in intervals, %d in the result", c.Workload, r.Messages, latencies, r.Response.TotalCount())
			}
			if all := time.Since(start); began < c.Omit || r.Took < last-began || r.Took > all-c.Omit {
				t.Errorf("%s: warm-up ended after %v; took %v of %v", c.Workload, began, r.Took, all)
			}
			return nil
		})
	}
}
