package client

import (
	"context"
	"fmt"
	"strings"
	"testing"
)

// One byte is changed on its way, past UDP's checksum. The run names it.
func TestUDPFirstBadOffset(t *testing.T) {
	for _, way := range []string{Echo, Stamp, Churn, Pull, Stream, Push + " up", Duplex + " up", Duplex} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			workload, _, pushed := strings.Cut(way, " ")
			handler := map[string]string{Stamp: "stamp"}[workload]
			c := Config{Workload: workload, Network: "udp", Messages: 50, Size: 100, Seed: 4, Arrival: "2000"}
			resolved, _, err := c.Resolve()
			if err != nil {
				t.Fatal(err)
			}
			const at = 2345 // in datagram 23
			seed := c.Seed
			if workload == Duplex && pushed {
				seed++
			}
			was := resolved.content(seed).Slice(at, 1)[0]
			relay := udpRelay{func(up bool, i uint64, b []byte) [][]byte {
				if up == pushed && i == at/100 {
					b[len(b)-100+at%100] ^= 1
				}
				return [][]byte{b}
			}}
			c.Addr = relay.start(t, udpServer(t, handler))
			res, err := Run(context.Background(), c, Observer{})
			want := fmt.Sprintf("byte %d is 0x%02x, expected 0x%02x", at, was^1, was)
			if err == nil || !strings.Contains(err.Error(), want) || res.Faults[FaultVerify] != 1 {
				t.Errorf("%v, faults %v; want %s", err, res.Faults, want)
			}
		})
	}
	t.Run(Ack, func(t *testing.T) {
		t.Parallel()
		relay := udpRelay{func(up bool, i uint64, b []byte) [][]byte {
			if up && i == 23 {
				b[len(b)-1] ^= 1
			}
			return [][]byte{b}
		}}
		c := Config{Workload: Ack, Network: "udp", Messages: 50, Addr: relay.start(t, udpServer(t, "ack"))}
		if res, err := Run(context.Background(), c, Observer{}); err == nil || res.Faults[FaultVerify] != 1 {
			t.Errorf("%v, faults %v", err, res.Faults)
		}
	})
}
