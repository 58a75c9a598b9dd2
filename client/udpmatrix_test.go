package client

import (
	"context"
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"github.com/loadframe/loadframe/internal/datagram"
)

// Every workload runs over UDP, verified to the byte where it arrives, or is
// refused before anything is sent.
func TestEveryWorkloadOverUDP(t *testing.T) {
	for _, workload := range Workloads() {
		t.Run(workload, func(t *testing.T) {
			t.Parallel()
			handler := map[string]string{Ack: "ack", Stamp: "stamp"}[workload]
			c := Config{Workload: workload, Network: "udp", Addr: udpServer(t, handler), Conns: 2, Seed: 11, Size: 300, Messages: 102, Arrival: "2000"}
			r, err := Run(context.Background(), c, Observer{})
			if workload == Idle {
				if err == nil || !strings.Contains(err.Error(), "idle: over UDP there is no connection") || r.Sent > 0 {
					t.Fatalf("was not refused: %d sent, %v", r.Sent, err)
				}
				return
			}
			each := int64(1)
			if workload == Duplex {
				each = 2
			}
			if err != nil || r.Config.Verify != VerifyFull {
				t.Fatal(r.Config.Verify, err)
			}
			if r.Messages+r.Lost != each*c.Messages || r.Sent != each*c.Messages || r.Payload != r.Messages*300 || r.Messages == 0 {
				t.Errorf("%+v, want %d messages of 300 bytes", r.Counts, each*c.Messages)
			}
			if up := r.Upward; workload == Duplex && (up.Messages+up.Lost != c.Messages || up.Payload != up.Messages*300) {
				t.Errorf("up %+v, want %d messages", up, c.Messages)
			}
		})
	}
}

// What a warm-up moved and how long it was under way is in no total.
func TestUDPWarmupIsInNoTotal(t *testing.T) {
	for _, workload := range []string{Echo, Churn, Push, Pull, Duplex, Stream} {
		t.Run(workload, func(t *testing.T) {
			t.Parallel()
			// The first datagrams were under way for an hour, if the clocks are to be believed.
			relay := udpRelay{func(up bool, i uint64, b []byte) [][]byte {
				if i < 3 && datagram.Kind(b[4]) == datagram.Data {
					binary.BigEndian.PutUint64(b[40:], binary.BigEndian.Uint64(b[40:])-uint64(time.Hour))
				}
				return [][]byte{b}
			}}
			c := Config{Workload: workload, Network: "udp", Omit: 300 * time.Millisecond, Duration: 300 * time.Millisecond, Interval: 50 * time.Millisecond, Arrival: "1000", Size: 100}
			c.Addr = relay.start(t, udpServer(t, ""))
			var warm, measured Counts
			var last *time.Duration
			r, err := Run(context.Background(), c, Observer{Interval: func(i Interval) {
				sum := &measured
				if i.Omitted {
					sum = &warm
				}
				sum.Messages, sum.Payload, sum.Lost = sum.Messages+i.Messages, sum.Payload+i.Payload, sum.Lost+i.Lost
				last = i.Jitter.All
			}})
			if err != nil {
				t.Fatal(err)
			}
			if warm.Messages == 0 || measured.Messages != r.Messages || measured.Payload != r.Payload || measured.Lost != r.Lost || r.Messages == 0 {
				t.Errorf("warm-up %+v, intervals %+v, result %+v", warm, measured, r.Counts)
			}
			if n := r.Sent - r.Messages - r.Lost; !r.Config.workload.replies && n != 0 {
				t.Errorf("%d sent, %d came, %d lost", r.Sent, r.Messages, r.Lost)
			}
			if p := r.Path; !r.Config.workload.replies && (p == nil || p.DelayMax > time.Hour/2 || p.Jitter > time.Hour/100) {
				t.Errorf("the path's delays are those of the warm-up: %+v", p)
			} else if p != nil && (last == nil || *last != p.Jitter) {
				t.Errorf("the last interval ends with a jitter of %v, the run with %v", last, p.Jitter)
			}
			if workload == Churn && r.Connections > r.Messages+r.Lost+1 {
				t.Errorf("%d connections with %d messages: those of the warm-up are among them", r.Connections, r.Messages)
			}
		})
	}
}

// A path that holds every other datagram back has a jitter, in either direction:
// of a push its receiver tells.
func TestUDPJitter(t *testing.T) {
	const hold = 4 * time.Millisecond
	for _, workload := range []string{Push, Pull, Stream} {
		t.Run(workload, func(t *testing.T) {
			t.Parallel()
			relay := udpRelay{func(up bool, i uint64, b []byte) [][]byte {
				if i%2 == 1 && datagram.Kind(b[4]) == datagram.Data {
					time.Sleep(hold) // the path
				}
				return [][]byte{b}
			}}
			c := Config{Workload: workload, Network: "udp", Messages: 60, Arrival: "100", PerConn: true, Addr: relay.start(t, udpServer(t, ""))}
			r, err := Run(context.Background(), c, Observer{})
			if err != nil || r.Path == nil || r.Path.Jitter < hold/2 || r.Conns[0].Totals.Jitter < hold/2 {
				t.Errorf("%v: path %+v", err, r.Path)
			}
		})
	}
}

// What one way of a duplex run does to datagrams is not said of the other.
func TestUDPDuplexTellsTheWaysApart(t *testing.T) {
	const hold, n = 4 * time.Millisecond, 60
	relay := udpRelay{func(up bool, i uint64, b []byte) [][]byte {
		switch {
		case !up || datagram.Kind(b[4]) != datagram.Data:
		case i == 20:
			return nil
		case i == 30:
			return [][]byte{b, b}
		case i%2 == 1:
			time.Sleep(hold)
		}
		return [][]byte{b}
	}}
	c := Config{Workload: Duplex, Network: "udp", Messages: n, Arrival: "200", Interval: 50 * time.Millisecond, LostAfter: 300 * time.Millisecond, Addr: relay.start(t, udpServer(t, ""))}
	var sum, up Counts
	var last Jitters
	r, err := Run(context.Background(), c, Observer{Interval: func(i Interval) {
		sum = sum.plus(i.Counts)
		up = up.plus(i.Upward)
		last = i.Jitter
	}})
	if err != nil {
		t.Fatal(err)
	}
	if u := r.Upward; u.Sent != n || u.Lost != 1 || u.Duplicated != 1 || u.Messages != n-1 || r.Lost != 1 || r.Duplicated != 1 || r.Messages != 2*n-1 {
		t.Errorf("up %+v of %+v", u, r.Counts)
	}
	if up.Lost != r.Upward.Lost || up.Payload != r.Upward.Payload || sum.Payload != r.Payload {
		t.Errorf("the intervals add up to %+v, up %+v; the run has %+v, up %+v", sum, up, r.Counts, r.Upward)
	}
	if r.PathUp == nil || r.PathDown == nil || r.PathUp.Jitter < hold/2 || r.PathDown.Jitter >= r.PathUp.Jitter || r.PathUp.DelayMax < hold {
		t.Fatalf("up %+v, down %+v", r.PathUp, r.PathDown)
	}
	if last.Up == nil || last.Down == nil || *last.Up != r.PathUp.Jitter || *last.Down != r.PathDown.Jitter || *last.All != r.Path.Jitter {
		t.Errorf("the last interval ends with other jitters than the run: %v up, %v down", last.Up, last.Down)
	}
}

// Each instance of several estimates the server's clock, whichever connections
// of the whole it has.
func TestUDPSegmentsKnowTheClock(t *testing.T) {
	for _, workload := range []string{Push, Pull, Stamp} {
		handler := map[string]string{Stamp: "stamp"}[workload]
		addr := udpServer(t, handler)
		for i := range 2 {
			c := Config{Workload: workload, Network: "udp", Addr: addr, Conns: 2, Messages: 4, Arrival: "1000", Segment: Segment{Index: i, Count: 2}}
			r, err := Run(context.Background(), c, Observer{})
			if err != nil || r.Clock.Samples == 0 {
				t.Errorf("%s, %+v: %v, clock %+v", workload, c.Segment, err, r.Clock)
			}
		}
	}
}

// Each echo of a churn has a port of its own.
func TestUDPChurnHasNewPorts(t *testing.T) {
	runs := map[uint64]bool{}
	relay := udpRelay{func(up bool, i uint64, b []byte) [][]byte {
		if h, ok := numbered(b); ok && up {
			runs[h.Run] = true
		}
		return [][]byte{b}
	}}
	c := Config{Workload: Churn, Network: "udp", Messages: 50, Addr: relay.start(t, udpServer(t, ""))}
	r, err := Run(context.Background(), c, Observer{})
	if err != nil || r.Messages+r.Lost != 50 || r.Connections != 50 || len(runs) != 50 || r.Connect.TotalCount() != r.Messages {
		t.Errorf("%v: %+v, %d connections, %d runs", err, r.Counts, r.Connections, len(runs))
	}
}
