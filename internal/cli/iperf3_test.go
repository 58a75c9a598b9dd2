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

// iperf3Run runs a load of two connections, holds the keys of its document against those that internal/report has from the
// real iperf3, reads the document into doc, and returns how many streams it ought to have.
func iperf3Run(t *testing.T, workload, kind string, doc any, args ...string) (streams int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	args = append([]string{"loadframe", "load", workload, "-P", "2", "--json-format", "iperf3"}, args...)
	if code := Main(args, &stdout, &stderr); code != 0 {
		t.Fatalf("status %d: %s", code, stderr.String())
	}
	var all any
	for _, into := range []any{&all, doc} {
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
	if workload == "duplex" {
		return 4
	}
	return 2
}

// A real run has the keys that internal/report holds against the real iperf3,
// and the figures of each connection.
func TestIperf3Runs(t *testing.T) {
	for workload, kind := range map[string]string{"pull": "reverse", "push": "tcp", "duplex": "bidir"} {
		t.Run(workload, func(t *testing.T) {
			var doc struct {
				End struct {
					SumReceived struct{ Bytes int64 } `json:"sum_received"`
					Streams     []struct{ Receiver struct{ Bytes int64 } }
				}
			}
			streams := iperf3Run(t, workload, kind, &doc, "-n", "64MiB", "-i", "0.01")
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

// The same over datagrams.
func TestIperf3RunsOverUDP(t *testing.T) {
	for workload, kind := range map[string]string{"pull": "udp-reverse", "push": "udp", "duplex": "udp-bidir"} {
		t.Run(workload, func(t *testing.T) {
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
			streams := iperf3Run(t, workload, kind, &doc, "-u", "-k", "400", "-r", "4k", "-i", "0.02")
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
