package cli

import (
	"encoding/json"
	"testing"

	"github.com/loadframe/loadframe/client"
)

// An interval tells what was counted in it, and nothing of what its transport
// does not count.
func TestIntervalHasItsCounts(t *testing.T) {
	i := client.Interval{End: 1, Counts: client.Counts{Lost: 5, Reordered: 6, Duplicated: 7}, Upward: client.Counts{Lost: 1, Reordered: 2, Duplicated: 3}, Retransmits: 8}
	datagrams := map[string]float64{"lost": 5, "reordered": 6, "duplicated": 7}
	both := map[string]float64{"up_lost": 1, "up_reordered": 2, "up_duplicated": 3}
	for _, c := range []struct {
		name, network, workload string
		tcp                     *client.TCPTotals
		want                    []map[string]float64
	}{
		{"pull over UDP", "udp", client.Pull, nil, []map[string]float64{datagrams}},
		{"duplex over UDP", "udp4", client.Duplex, nil, []map[string]float64{datagrams, both}},
		{"duplex over TCP", "tcp", client.Duplex, &client.TCPTotals{Connections: 1, Retransmits: 20}, []map[string]float64{{"retransmits": 8}}},
		{"TCP that is not asked", "tcp", client.Push, nil, nil},
	} {
		i.TCP = c.tcp
		b, err := json.Marshal(interval(i, client.Config{Network: c.network, Workload: c.workload, Framing: "u32"}))
		var got map[string]any
		if err != nil || json.Unmarshal(b, &got) != nil {
			t.Fatalf("%s: %s, %v", c.name, b, err)
		}
		want := map[string]float64{}
		for _, some := range c.want {
			for key, n := range some {
				want[key] = n
			}
		}
		for _, key := range []string{"lost", "reordered", "duplicated", "up_lost", "up_reordered", "up_duplicated", "retransmits"} {
			n, there := want[key]
			if v, ok := got[key]; ok != there || there && v != n {
				t.Errorf("%s: %s is %v, want %v (%t)", c.name, key, v, n, there)
			}
		}
	}
}
