package cli

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// keyPaths gathers the paths of a document's keys: "end.streams[].sender.bytes".
func keyPaths(v any, at string, into map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for k, child := range v {
			p := strings.TrimPrefix(at+"."+k, ".")
			into[p] = true
			keyPaths(child, p, into)
		}
	case []any:
		for _, child := range v {
			keyPaths(child, at+"[]", into)
		}
	}
}

// The same over datagrams.
func TestIperf3RunsOverUDP(t *testing.T) {
	for workload, kind := range map[string]string{"pull": "udp-reverse", "push": "udp", "duplex": "udp-bidir"} {
		t.Run(workload, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			args := []string{"loadframe", "load", workload, "-u", "-k", "400", "-r", "4k", "-P", "2", "-i", "0.02", "--json-format", "iperf3"}
			if code := Main(args, &stdout, &stderr); code != 0 {
				t.Fatalf("status %d: %s", code, stderr.String())
			}
			var all any
			var doc struct {
				Start struct {
					Connected []struct {
						RemotePort int `json:"remote_port"`
					}
				}
				End struct {
					Sum     struct{ Packets, Bytes int64 }
					Streams []struct {
						UDP struct {
							Packets int64
							Jitter  float64 `json:"jitter_ms"`
						}
					}
				}
			}
			for _, into := range []any{&all, &doc} {
				if err := json.Unmarshal(stdout.Bytes(), into); err != nil {
					t.Fatal(err)
				}
			}
			paths := map[string]bool{}
			keyPaths(all, "", paths)
			want, err := os.ReadFile("../report/testdata/iperf3-" + kind + ".keys.golden")
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(slices.Sorted(maps.Keys(paths)), "\n") + "\n"; got != string(want) {
				t.Errorf("keys\n%s\nwant\n%s", got, want)
			}
			streams := 2
			if workload == "duplex" {
				streams = 4
			}
			for _, s := range doc.End.Streams {
				if s.UDP.Jitter <= 0 {
					t.Errorf("a stream without a jitter: %+v", doc.End)
				}
			}
			if d := doc.End; len(d.Streams) != streams || d.Sum.Packets != 400 || d.Sum.Bytes != 400*1400 || d.Streams[0].UDP.Packets != 200 || doc.Start.Connected[0].RemotePort == 0 {
				t.Errorf("%+v", doc)
			}
		})
	}
}

// A real run has the keys that internal/report holds against the real iperf3,
// and the figures of each connection.
func TestIperf3Runs(t *testing.T) {
	for workload, kind := range map[string]string{"pull": "reverse", "push": "tcp", "duplex": "bidir"} {
		t.Run(workload, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			args := []string{"loadframe", "load", workload, "-n", "64MiB", "-P", "2", "-i", "0.01", "--json-format", "iperf3"}
			if code := Main(args, &stdout, &stderr); code != 0 {
				t.Fatalf("status %d: %s", code, stderr.String())
			}
			var doc struct {
				End struct {
					SumReceived struct{ Bytes int64 } `json:"sum_received"`
					Streams     []struct{ Receiver struct{ Bytes int64 } }
				}
			}
			var all any
			if err := json.Unmarshal(stdout.Bytes(), &all); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(stdout.Bytes(), &doc); err != nil {
				t.Fatal(err)
			}
			paths := map[string]bool{}
			keyPaths(all, "", paths)
			want, err := os.ReadFile("../report/testdata/iperf3-" + kind + ".keys.golden")
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(slices.Sorted(maps.Keys(paths)), "\n") + "\n"; got != string(want) {
				t.Errorf("keys\n%s\nwant\n%s", got, want)
			}
			streams := 2
			if workload == "duplex" {
				streams = 4
			}
			var sum int64
			for _, s := range doc.End.Streams {
				sum += s.Receiver.Bytes
			}
			if len(doc.End.Streams) != streams || sum < 64<<20 || workload != "duplex" && doc.End.SumReceived.Bytes != 64<<20 {
				t.Errorf("%d streams with %d bytes, sum %d", len(doc.End.Streams), sum, doc.End.SumReceived.Bytes)
			}
		})
	}
}
