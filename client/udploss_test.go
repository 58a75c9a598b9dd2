package client

import (
	"context"
	"fmt"
	"testing"
	"time"
)

// What a path does to datagrams is counted to the datagram, whatever the
// workload, in either direction; and the intervals have all of it.
func TestUDPCountsWhatThePathDid(t *testing.T) {
	const n = 500 // small ones: all of them find room in a socket's buffer, should this machine stand still
	for _, tc := range []struct {
		workload, handler string
		up                bool
		config            Config
	}{
		{Echo, "echo", true, Config{Depth: 8}}, {Echo, "", false, Config{Depth: 64}}, {Echo, "echo", false, Config{Arrival: "5000", Sizes: "uniform:1..200"}},
		{Ack, "ack", true, Config{Depth: 32}}, {Ack, "ack", false, Config{Depth: 8, Batch: 1}},
		{Stamp, "stamp", true, Config{Depth: 16}}, {Stamp, "stamp", false, Config{Depth: 16}},
		{Churn, "", true, Config{}}, {Churn, "echo", false, Config{Arrival: "500"}},
		{Push, "sink", true, Config{Arrival: "2000", Size: 100}}, {Pull, "", false, Config{Arrival: "5000", Size: 100, Bytes: n*100 - 50}},
		{Stream, "", false, Config{Arrival: "1000"}},
	} {
		t.Run(fmt.Sprintf("%s/%v", tc.workload, tc.up), func(t *testing.T) {
			t.Parallel()
			Patiently(t, 500*time.Millisecond, func(lostAfter time.Duration) error {
				h := &harm{up: tc.up, last: n - 1}
				c := tc.config
				c.Workload, c.Network, c.Messages, c.LostAfter, c.Timeout = tc.workload, "udp", n, lostAfter, 2*lostAfter+10*time.Second
				if c.Bytes > 0 {
					c.Messages = 0
				}
				c.Addr = udpRelay{h.do}.start(t, udpServer(t, tc.handler))
				c.Interval = minInterval
				var sum Counts
				res, err := Run(context.Background(), c, Observer{Interval: func(i Interval) { sum = sum.plus(i.Counts) }})
				if err != nil {
					return err
				}
				// A push leaves out what is due in a moment when this machine is busy,
				// but sends n all the same.
				want := Counts{Sent: n, Lost: n/100 + 1, Reordered: n / 100, Duplicated: 2 * n / 100}
				got := Counts{Sent: res.Sent, Lost: res.Lost, Reordered: res.Reordered, Duplicated: res.Duplicated}
				if tc.workload == Churn { // what is overtaken or comes twice finds its socket closed
					want = Counts{Sent: n, Lost: 2*n/100 + 1}
				}
				if res.Lost > want.Lost || res.Counts.Late > 0 {
					return fmt.Errorf("given up too soon: %+v", res.Counts)
				}
				if got != want || res.Messages != n-want.Lost || res.Failed != 0 || res.VerifyErrors != 0 {
					t.Errorf("%+v and %d messages; want %+v and %d", got, res.Messages, want, n-want.Lost)
				}
				if sum != res.Counts {
					t.Errorf("the intervals have %+v, the run %+v", sum, res.Counts)
				}
				if res.Response != nil && res.Response.TotalCount() != res.Messages {
					t.Errorf("%d latencies of %d messages", res.Response.TotalCount(), res.Messages)
				}
				if p := res.Path; !res.Config.workload.replies && (p == nil || p.DelayMin > p.DelayMean || p.DelayMean > p.DelayMax || res.Clock.Samples != udpCalibrations) {
					t.Errorf("path %+v, clock %+v", p, res.Clock)
				}
				return nil
			})
		})
	}
}

// A reply that comes when it has been given up is late, and no longer lost; its
// latency counts.
func TestUDPLateReply(t *testing.T) {
	const n = 20
	Patiently(t, 50*time.Millisecond, func(lostAfter time.Duration) error {
		var held []byte
		relay := udpRelay{func(up bool, i uint64, b []byte) [][]byte {
			switch {
			case !up && i == 5:
				held = b
				return nil
			case !up && i == 15:
				return [][]byte{b, held, held}
			}
			return [][]byte{b}
		}}
		c := Config{Workload: Echo, Network: "udp", Messages: n, LostAfter: lostAfter, Timeout: 2*lostAfter + 10*time.Second, Addr: relay.start(t, udpServer(t, "echo"))}
		res, err := Run(context.Background(), c, Observer{})
		if err != nil || res.Lost > 0 { // of the last ones nothing is heard any more
			return fmt.Errorf("%+v: %v", res.Counts, err)
		}
		if res.Counts.Late < 1 || res.Messages != n || res.Duplicated != 1 || res.Reordered != 1 {
			t.Errorf("%+v", res.Counts)
		}
		if got := time.Duration(res.Response.Max()); got < lostAfter {
			t.Errorf("greatest latency %v: the late one is not among them", got)
		}
		return nil
	})
}

// Waiting for what is lost at the end is no part of the run: a rate that had it
// would say nothing.
func TestUDPWaitingIsNotMeasured(t *testing.T) {
	const n = 20
	for _, workload := range []string{Echo, Push, Pull} {
		t.Run(workload, func(t *testing.T) {
			t.Parallel()
			relay := udpRelay{func(up bool, i uint64, b []byte) [][]byte {
				if i == n-1 && up == (workload == Push) {
					return nil
				}
				return [][]byte{b}
			}}
			addr := relay.start(t, udpServer(t, ""))
			Patiently(t, time.Second, func(lostAfter time.Duration) error {
				c := Config{Workload: workload, Network: "udp", Messages: n, Arrival: "1000", LostAfter: lostAfter, Timeout: 2*lostAfter + 10*time.Second, Addr: addr}
				var told time.Duration
				began := time.Now()
				c.Interval = 100 * time.Millisecond
				res, err := Run(context.Background(), c, Observer{Interval: func(i Interval) { told = i.End }})
				if res.Lost == 0 {
					t.Errorf("nothing is lost: %+v", res.Counts)
				}
				if err != nil || res.Lost > 1 {
					return fmt.Errorf("%d lost: %v", res.Lost, err)
				}
				// The server's end of a pull is heard, and then nothing is waited for.
				if wall := time.Since(began); workload != Pull && wall-res.Took < lostAfter*3/4 || res.Took != told {
					t.Errorf("%v of %v are measured, intervals end at %v", res.Took, wall, told)
				}
				return nil
			})
		})
	}
}
