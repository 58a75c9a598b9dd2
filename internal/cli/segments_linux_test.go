package cli_test

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/HdrHistogram/hdrhistogram-go"
	"golang.org/x/sys/unix"

	"github.com/loadframe/loadframe/internal/namespace"
	"github.com/loadframe/loadframe/internal/report"
)

// inNetwork runs the calling test once more, in a process with a network of its
// own, in which it may make interfaces. It returns true in that process.
func inNetwork(t *testing.T) bool {
	t.Helper()
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skipf("nothing to make interfaces with: %v", err)
	}
	if !namespace.Own(t, unix.CLONE_NEWNET) {
		return false
	}
	ip(t, "link", "set", "lo", "up")
	return true
}

func ip(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		t.Skipf("ip %s: %v: %s", strings.Join(args, " "), err, out)
	}
}

// host is a network of its own with one process, joined to ours by a cable.
type host struct {
	cmd   *exec.Cmd
	start io.WriteCloser
	out   strings.Builder
}

// newHost prepares the process; it begins when go is called. Our end of the
// cable has the address 10.77.N.1.
func newHost(t *testing.T, n int, cmd *exec.Cmd) *host {
	t.Helper()
	h := &host{cmd: exec.CommandContext(t.Context(), "sh", append([]string{"-c", `read -r go && exec "$@"`, "sh"}, cmd.Args...)...)}
	h.cmd.Path, _ = exec.LookPath("sh")
	h.cmd.Args[4] = cmd.Path
	h.cmd.Env = cmd.Env
	h.cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	h.cmd.Stdout, h.cmd.Stderr = &h.out, &h.out
	var err error
	if h.start, err = h.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := h.cmd.Start(); err != nil {
		t.Skipf("the kernel allows no second network: %v", err)
	}
	t.Cleanup(func() { _ = h.cmd.Process.Kill() })
	pid, name := strconv.Itoa(h.cmd.Process.Pid), fmt.Sprintf("lf%d", n)
	ip(t, "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", pid)
	ip(t, "addr", "add", fmt.Sprintf("10.77.%d.1/24", n), "dev", name)
	ip(t, "link", "set", name, "up")
	for _, args := range [][]string{{"link", "set", "lo", "up"}, {"addr", "add", fmt.Sprintf("10.77.%d.2/24", n), "dev", "eth0"}, {"link", "set", "eth0", "up"}} {
		if out, err := exec.Command("nsenter", append([]string{"-t", pid, "-n", "ip"}, args...)...).CombinedOutput(); err != nil {
			t.Skipf("nsenter: %v: %s", err, out)
		}
	}
	return h
}

// bucketsOf adds up the lines without a tag of histogram logs, with the library
// alone.
func bucketsOf(t *testing.T, files ...string) *hdrhistogram.Histogram {
	t.Helper()
	sum := hdrhistogram.New(1, 3600e9, 3)
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for r := hdrhistogram.NewHistogramLogReader(f); ; {
			h, err := r.NextIntervalHistogram()
			if err != nil {
				t.Fatal(err)
			}
			if h == nil {
				break
			}
			if h.Tag() == "" && sum.Merge(h) > 0 {
				t.Fatalf("%s: values dropped", file)
			}
		}
	}
	return sum
}

// One run whole, and in 2, 3 and 7 segments, each instance a process in a
// network of its own: they send the same messages at the same due times, the
// percentiles are those of all histograms together bucket for bucket, and the
// server has counted what the clients have.
func TestSegmentsAreTheWholeRun(t *testing.T) {
	if !inNetwork(t) {
		return
	}
	port := servedOn(t, "tcp://0.0.0.0:0")
	dir := t.TempDir()
	const messages = 3000
	hosts := 0
	workloads := map[string][]string{
		"open":   {"echo", "-P", "10", "-r", "poisson:6k", "-k", strconv.Itoa(messages), "-l", "uniform:10..200", "--seed", "7", "-i", "0.2"},
		"closed": {"ack", "-P", "10", "-d", "4", "-k", strconv.Itoa(messages), "-i", "0"},
		"bulk":   {"pull", "-P", "8", "-n", "9000001"},
	}
	for name, workload := range workloads {
		wholes := map[int]*report.Result{}
		for _, n := range []int{1, 2, 3, 7} {
			var at string
			// An instance asks the server for two seconds, no longer: on a machine that stands still it may learn nothing.
			for try := 0; try == 0 || try < 4 && !answered(resultsIn(t, at)); try++ {
				at = filepath.Join(dir, fmt.Sprintf("%s-%d-%d", name, n, try))
				var all []*host
				for i := range n {
					hosts++
					args := append([]string{"load"}, workload[0], fmt.Sprintf("10.77.%d.1:%s", hosts, port))
					args = append(append(args, workload[1:]...), "--segment", fmt.Sprintf("%d/%d", i+1, n), "--run-id", fmt.Sprint(name, try), "--result-dir", at)
					all = append(all, newHost(t, hosts, loadframe(t, args...)))
				}
				for _, h := range all {
					if _, err := io.WriteString(h.start, "go\n"); err != nil {
						t.Fatal(err)
					}
				}
				for _, h := range all {
					if err := h.cmd.Wait(); err != nil {
						t.Fatalf("%s in %d: %v: %s", name, n, err, h.out.String())
					}
				}
			}
			merged := mergedIn(t, at)
			wholes[n] = merged
			checkWhole(t, fmt.Sprintf("%s in %d", name, n), wholes[1], merged, resultsIn(t, at))
			if merged.Latency != nil {
				checkBuckets(t, at, merged)
			}
		}
	}
}

// answered tells whether the server has told each instance what it asked.
func answered(parts []*report.Result) bool {
	for _, p := range parts {
		if s := p.Instance.Server; s == nil || s.Open != 0 || p.Instance.Clock == nil {
			return false
		}
	}
	return true
}

// mergedIn merges a directory with a log of its histograms beside it.
func mergedIn(t *testing.T, dir string) *report.Result {
	t.Helper()
	args := []string{"merge", dir, "-o", dir + ".json"}
	if !strings.Contains(dir, "bulk") {
		args = append(args, "--hlog", dir+".hlog")
	}
	if out, err := loadframe(t, args...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return readResult(t, dir+".json")
}

func checkWhole(t *testing.T, name string, whole, merged *report.Result, parts []*report.Result) {
	t.Helper()
	var messages, payload, wire, serverWire, serverPayload, sessions int64
	for _, p := range parts {
		messages += *p.Totals.Messages
		payload += p.Totals.PayloadBytes
		wire += *p.Totals.WireBytes
		s := p.Instance.Server
		if s == nil || s.Open != 0 {
			t.Fatalf("%s: segment %s: the server's view is %+v", name, p.Instance.Segment, s)
		}
		sessions += s.Sessions
		if p.Workload == "ack" { // what is acknowledged is what counts
			serverWire, serverPayload = serverWire+s.BytesIn, serverPayload+s.PayloadIn
		} else {
			serverWire, serverPayload = serverWire+s.BytesOut, serverPayload+s.PayloadOut
		}
		if c := p.Instance.Clock; c == nil || c.Samples == 0 || abs(c.OffsetNs) > c.ErrorNs+1000 {
			t.Errorf("%s: segment %s: the clocks are one, and differ by %+v", name, p.Instance.Segment, c)
		}
	}
	if merged.Merged.Covered != 1 || len(merged.Merged.LeftOut)+len(merged.Merged.Missing) > 0 {
		t.Fatalf("%s: %+v", name, merged.Merged)
	}
	if messages != *merged.Totals.Messages || messages != *whole.Totals.Messages || payload != merged.Totals.PayloadBytes || payload != whole.Totals.PayloadBytes ||
		wire != *merged.Totals.WireBytes || wire != *whole.Totals.WireBytes {
		t.Errorf("%s: the parts have %d messages, %d bytes, %d on the wire; merged %d, %d, %d; whole %d, %d, %d", name, messages, payload, wire, *merged.Totals.Messages,
			merged.Totals.PayloadBytes, *merged.Totals.WireBytes, *whole.Totals.Messages, whole.Totals.PayloadBytes, *whole.Totals.WireBytes)
	}
	if wire != serverWire || payload != serverPayload || sessions != whole.Totals.Connections || merged.Totals.Connections != whole.Totals.Connections {
		t.Errorf("%s: the clients have %d bytes of payload, %d on the wire in %d connections; the server %d, %d, %d", name, payload, wire, merged.Totals.Connections, serverPayload, serverWire, sessions)
	}
	if merged.Config.Schedule == "" {
		return
	}
	if p, w := merged.Merged.Plan, whole.Merged.Plan; p == nil || w == nil || *p != *w || p.Messages != messages || merged.Merged.PlanWhole == nil || !*merged.Merged.PlanWhole {
		t.Errorf("%s: the plans add up to %+v, in one %+v", name, p, w)
	}
}

func abs(n int64) int64 { return max(n, -n) }

func checkBuckets(t *testing.T, dir string, merged *report.Result) {
	t.Helper()
	logs, err := filepath.Glob(filepath.Join(dir, "*.hlog"))
	if err != nil {
		t.Fatal(err)
	}
	sum, got := bucketsOf(t, logs...), bucketsOf(t, dir+".hlog")
	if !sum.Equals(got) || sum.TotalCount() != *merged.Totals.Messages {
		t.Errorf("%s: %d latencies in %d logs, %d merged, or in other buckets", dir, sum.TotalCount(), len(logs), got.TotalCount())
	}
	if q := merged.Latency.Response; q.P99 != sum.ValueAtPercentile(99) || q.Count != sum.TotalCount() || q.Max != sum.Max() {
		t.Errorf("%s: percentiles %+v are not those of the sum, p99 %d", dir, q, sum.ValueAtPercentile(99))
	}
	var inIntervals int64
	for _, v := range merged.Intervals {
		if v.Latency != nil {
			inIntervals += v.Latency.Response.Count
		}
	}
	if len(merged.Intervals) > 0 && inIntervals != sum.TotalCount() {
		t.Errorf("%s: the intervals have %d of %d latencies", dir, inIntervals, sum.TotalCount())
	}
}
