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

// What the intervals have is what the run has, to the byte, the message and the
// datagram: of all connections, of each way, and of each connection. The warm-up
// ends in the middle of the traffic.
func TestIntervalsAddUp(t *testing.T) {
	addrs := map[string]string{}
	for _, network := range []string{"tcp", "udp"} {
		addrs[network] = servertest.Start(t, server.Config{Listen: []server.Listener{{Network: network, Address: "127.0.0.1:0"}}}).Addrs()[0].String()
	}
	for _, network := range []string{"tcp", "udp"} {
		for _, workload := range []string{client.Echo, client.Pull, client.Push, client.Duplex} {
			for _, warm := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/%s/%v", network, workload, warm), func(t *testing.T) {
					t.Parallel()
					client.Patiently(t, 300*time.Millisecond, func(d time.Duration) error { // in which something has to come, or the run has failed
						c := client.Config{Workload: workload, Network: network, Addr: addrs[network], Conns: 8, Duration: d, Interval: 50 * time.Millisecond, PerConn: true, Size: 100, Verify: client.VerifyLength}
						if warm {
							c.Omit = d / 2
						}
						return addUp(t, c)
					})
				})
			}
		}
	}
}

func addUp(t *testing.T, c client.Config) error {
	var sum, up client.Counts
	last := time.Duration(0)
	r, err := client.Run(context.Background(), c, client.Observer{Interval: func(i client.Interval) {
		if i.Start != last || i.End <= i.Start {
			t.Errorf("interval %v to %v after %v", i.Start, i.End, last)
		}
		if last = i.End; !i.Omitted {
			sum, up = plus(sum, i.Counts), plus(up, i.Upward)
		}
	}})
	if err != nil {
		return err
	}
	if sum != r.Counts || up != r.Upward {
		t.Errorf("the intervals have %+v, %+v up; the run has %+v, %+v up", sum, up, r.Counts, r.Upward)
	}
	var payload, lost int64
	for i, conn := range r.Conns {
		var f client.Flow
		for _, v := range conn.Intervals {
			if !v.Omitted {
				f.Payload, f.Packets, f.Lost, f.Reordered = f.Payload+v.Payload, f.Packets+v.Packets, f.Lost+v.Lost, f.Reordered+v.Reordered
				f.Retransmits += v.Retransmits
			}
		}
		all := conn.Totals
		if want := (client.Flow{Payload: all.Payload, Packets: all.Packets, Lost: all.Lost, Reordered: all.Reordered, Retransmits: all.Retransmits}); f != want {
			t.Errorf("connection %d: the intervals have %+v, the run %+v", i, f, want)
		}
		payload, lost = payload+all.Payload, lost+all.Lost
	}
	if payload != r.Payload || lost != r.Lost {
		t.Errorf("the connections have %d bytes, %d lost; the run has %d, %d", payload, lost, r.Payload, r.Lost)
	}
	return nil
}

func plus(a, b client.Counts) client.Counts {
	return client.Counts{
		Messages: a.Messages + b.Messages, Payload: a.Payload + b.Payload, Wire: a.Wire + b.Wire, Reads: a.Reads + b.Reads, Writes: a.Writes + b.Writes,
		VerifyErrors: a.VerifyErrors + b.VerifyErrors, Sent: a.Sent + b.Sent, Lost: a.Lost + b.Lost, Reordered: a.Reordered + b.Reordered,
		Duplicated: a.Duplicated + b.Duplicated, Late: a.Late + b.Late,
	}
}
