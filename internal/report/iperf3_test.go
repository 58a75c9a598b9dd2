package report

import (
	"bytes"
	"encoding/json"
	"maps"
	"net"
	"net/netip"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// flowsOf is a run of one interval and one connection, or two of a duplex run.
func flowsOf(workload, transport string) (*Result, []Connection) {
	r := base(workload)
	r.Transport = transport
	r.Config = Config{Addr: "127.0.0.1:8120", Connections: 1, DurationS: 1, Size: 1 << 17}
	r.DurationS = 1
	r.Intervals = []Interval{Interval{EndS: 1, PayloadBytes: 1000}.WithRates()}
	r.TCPInfo = &TCPInfo{MSS: new(int64(32768)), Congestion: "bbr"}
	r.Cost = &Cost{ClientCPUS: new(0.5), ServerCPUS: new(0.25)}
	f := Flow{Sent: 1000, Received: 990, Retransmits: 2, RTTNs: 90500, Packets: 10, Lost: 1, JitterNs: 1500}
	c := Connection{Socket: 5, Local: netip.MustParseAddrPort("127.0.0.1:50000"), Remote: netip.MustParseAddrPort("127.0.0.1:8120"), Sender: workload != "pull", Totals: f, Intervals: []Flow{f}}
	conns := []Connection{c}
	if workload == "duplex" {
		c.Sender, c.Socket = false, 7
		conns = append(conns, c)
	}
	return r, conns
}

func iperf3Doc(t *testing.T, r *Result, conns []Connection) any {
	t.Helper()
	var b bytes.Buffer
	if err := WriteIperf3(&b, r, conns); err != nil {
		t.Fatal(err)
	}
	return parseJSON(t, b.Bytes())
}

func parseJSON(t *testing.T, doc []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(doc, &v); err != nil {
		t.Fatalf("%v: %.300s", err, doc)
	}
	return v
}

// paths returns the key paths of a document: "end.streams[].sender.bytes".
func paths(v any, at string, into map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for k, child := range v {
			p := strings.TrimPrefix(at+"."+k, ".")
			into[p] = true
			paths(child, p, into)
		}
	case []any:
		for _, child := range v {
			paths(child, at+"[]", into)
		}
	}
}

// The key sets are those of the real program, asked here and now. CI installs it.
func TestIperf3Keys(t *testing.T) {
	program, err := exec.LookPath("iperf3")
	if err != nil {
		t.Log("iperf3 is not installed: its keys are compared with those kept in testdata only")
	}
	for name, c := range map[string]struct {
		workload, transport string
		args                []string
	}{
		"tcp": {"push", "tcp", nil}, "reverse": {"pull", "tcp", []string{"-R"}}, "bidir": {"duplex", "tcp", []string{"--bidir"}},
		"udp": {"push", "udp", []string{"-u", "-b", "10M"}}, "udp-reverse": {"pull", "udp", []string{"-u", "-R", "-b", "10M"}},
		"udp-bidir": {"duplex", "udp", []string{"-u", "--bidir", "-b", "10M"}},
	} {
		t.Run(name, func(t *testing.T) {
			r, conns := flowsOf(c.workload, c.transport)
			ours := map[string]bool{}
			paths(iperf3Doc(t, r, conns), "", ours)
			got := strings.Join(slices.Sorted(maps.Keys(ours)), "\n") + "\n"
			golden(t, "iperf3-"+name+".keys", []byte(got))
			if program == "" {
				return
			}
			theirs := map[string]bool{}
			paths(parseJSON(t, runIperf3(t, program, c.args)), "", theirs)
			for p := range theirs {
				if !ours[p] {
					t.Errorf("iperf3 has %s, we do not", p)
				}
			}
			for p := range ours {
				if !theirs[p] {
					t.Errorf("we have %s, iperf3 does not", p)
				}
			}
		})
	}
}

// runIperf3 runs server and client for one short test and returns what -J printed. The server says nothing when it listens, so the client is run
// until it is let in.
func runIperf3(t *testing.T, program string, args []string) []byte {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
		l.Close()
		server := exec.Command(program, "-s", "-B", "127.0.0.1", "-p", port)
		if err := server.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { server.Process.Kill(); server.Wait() })
		for range 100 { // then another port: somebody else may have got this one
			out, err := exec.Command(program, append([]string{"-c", "127.0.0.1", "-p", port, "-t", "1", "-J"}, args...)...).Output()
			if err == nil && !bytes.Contains(out, []byte(`"error":`)) { // it may exit with 0 after an error
				return out
			}
			if time.Now().After(deadline) {
				t.Fatalf("iperf3 %v: %v: %s", args, err, out)
			}
		}
	}
}

func TestIperf3Figures(t *testing.T) {
	r, conns := flowsOf("duplex", "tcp")
	doc := iperf3Doc(t, r, conns).(map[string]any)
	end := doc["end"].(map[string]any)
	for path, want := range map[string]float64{
		"sum_sent.bytes": 1000, "sum_received.bytes": 990, "sum_sent_bidir_reverse.bytes": 1000, "sum_received.bits_per_second": 7920,
		"sum_sent.retransmits": 2, "cpu_utilization_percent.host_total": 50, "cpu_utilization_percent.remote_total": 25,
	} {
		key, sub, _ := strings.Cut(path, ".")
		if got := end[key].(map[string]any)[sub]; got != want {
			t.Errorf("end.%s = %v, want %v", path, got, want)
		}
	}
	first := doc["intervals"].([]any)[0].(map[string]any)
	if s := first["streams"].([]any)[0].(map[string]any); s["rtt"] != 90.0 || s["bytes"] != 1000.0 {
		t.Errorf("%v", s)
	}
	if s := first["sum_bidir_reverse"].(map[string]any); s["bytes"] != 990.0 || s["sender"] != false {
		t.Errorf("%v", s)
	}
}

// iperf3 leaves NaN in its JSON (its issue 613), and does not tell a failure by its exit status alone; the error stands in the document.
func TestIperf3OfAFailedRun(t *testing.T) {
	r := failed()
	doc := iperf3Doc(t, r, nil).(map[string]any)
	if doc["error"] != r.Error {
		t.Errorf("error %v", doc["error"])
	}
	if err := WriteIperf3(new(bytes.Buffer), echo(), nil); err == nil {
		t.Error("an echo has no keys in iperf3")
	}
}
