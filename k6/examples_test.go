package k6_test

import (
	"path/filepath"
	"testing"

	"github.com/loadframe/loadframe/client"
)

// Each workload has an example, which runs, and whose result agrees with what k6
// has counted.
func TestExamples(t *testing.T) {
	for _, workload := range client.Workloads() {
		t.Run(workload, func(t *testing.T) {
			t.Parallel()
			s, dir := startServer(t), t.TempDir()
			r := start(t, filepath.Join("examples", workload+".js"), s.Addr, dir, "-e", "DURATION=1s")
			r.good(t)
			if workload == client.Idle {
				idle := readDocument(t, filepath.Join(dir, "idle", "k6.1of1.json"))
				if idle.Totals.Connections != 100 {
					t.Errorf("%d connections were held, want 100", idle.Totals.Connections)
				}
				return // the other counts are of two clients
			}
			d, n := readDocument(t, filepath.Join(dir, "k6.1of1.json")), r.counts(t)
			if d.Workload != workload || d.Error != "" || d.Totals.PayloadBytes == 0 || d.Totals.Errors != 0 {
				t.Errorf("result %+v", d)
			}
			for name, have := range map[string]int64{"loadframe_messages": d.Totals.Messages, "loadframe_goodput_bytes": d.Totals.PayloadBytes} {
				if int64(n[name]) != have {
					t.Errorf("%s is %v, the result tells of %d", name, n[name], have)
				}
			}
			if c := d.Latency.Response.Count; c != 0 && c != d.Totals.Messages {
				t.Errorf("%d latencies of %d messages", c, d.Totals.Messages)
			}
			if workload == client.Stamp && (d.Latency.Up == nil || d.Latency.Up.Count != d.Totals.Messages) {
				t.Error("no one-way delay")
			}
		})
	}
}
