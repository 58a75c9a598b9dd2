package cli_test

import (
	"fmt"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/loadframe/loadframe/internal/report"
)

// The kernel impairs a cable between two networks, or the proxy does the same
// behind one that is left alone: a client finds the same figures. Tbf counts
// Ethernet frames and the proxy what is in them, so the kernel is asked for that
// much more.
func TestProxyAgreesWithTheKernel(t *testing.T) {
	t.Parallel()
	if !inNetwork(t) {
		return
	}
	port := servedOn(t, "tcp://0.0.0.0:0")
	hosts := 0
	const payload, frame = 1448, 1514 // of a segment: IPv4, TCP with timestamps, Ethernet
	for _, c := range []struct {
		name, spec string
		qdisc      []string
		load       []string
		figure     func(*report.Result) float64
		want       float64
	}{
		{
			"rate, MB/s", "rate=20Mbit,burst=32KiB", []string{"tbf", "rate", strconv.Itoa(20_000_000*frame/payload) + "bit", "burst", "32kb", "limit", "8mb"},
			[]string{"push", "-n", "4MiB"}, func(r *report.Result) float64 { return r.Rates.GoodputBytesPerS / 1e6 }, 2.5,
		},
		{
			"delay, ms", "delay=50ms", []string{"netem", "delay", "50ms"},
			[]string{"echo", "-k", "30", "-l", "1"}, func(r *report.Result) float64 { return float64(r.Latency.Response.Min) / 1e6 }, 50,
		},
	} {
		if why := lacks(t, c.qdisc); why != "" {
			t.Logf("%s: nothing to compare with: %s", c.name, why)
			c.qdisc = nil
		}
		measure := func(port string, qdisc []string) float64 {
			best := 0.0
			for i := range runs {
				hosts++
				file := filepath.Join(t.TempDir(), "result.json")
				args := append([]string{"load"}, c.load[0], fmt.Sprintf("10.77.%d.1:%s", hosts, port))
				h := newHost(t, hosts, loadframe(t, append(append(args, c.load[1:]...), "-o", file)...))
				if qdisc != nil {
					args := append([]string{"-t", strconv.Itoa(h.cmd.Process.Pid), "-n", "tc", "qdisc", "add", "dev", "eth0", "root"}, qdisc...)
					if out, err := exec.Command("nsenter", args...).CombinedOutput(); err != nil {
						t.Fatalf("tc %v: %v: %s", qdisc, err, out)
					}
				}
				if _, err := io.WriteString(h.start, "go\n"); err != nil {
					t.Fatal(err)
				}
				if err := h.cmd.Wait(); err != nil {
					t.Fatalf("%s: %v: %s", c.name, err, h.out.String())
				}
				v := c.figure(readResult(t, file))
				if better := strings.HasPrefix(c.name, "rate"); i == 0 || (v > best) == better {
					best = v
				}
			}
			return best
		}
		p := impairTo(t, "127.0.0.1:"+port, "--listen", "tcp://0.0.0.0:0", "--up", c.spec)
		_, at, err := net.SplitHostPort(p.addr)
		if err != nil {
			t.Fatal(err)
		}
		ours := measure(at, nil)
		p.end()
		closely(t, "proxy: "+c.name, ours, c.want)
		if c.qdisc != nil {
			kernel := measure(port, c.qdisc)
			closely(t, "kernel: "+c.name, kernel, c.want)
			closely(t, "proxy, by the kernel: "+c.name, ours, kernel)
		}
	}
}

// lacks tells why there is no such discipline here; "": there is.
func lacks(t *testing.T, qdisc []string) string {
	t.Helper()
	ip(t, "link", "add", "lfprobe", "type", "veth", "peer", "name", "lfprobe-end")
	defer ip(t, "link", "del", "lfprobe")
	out, err := exec.Command("tc", append([]string{"qdisc", "add", "dev", "lfprobe", "root"}, qdisc...)...).CombinedOutput()
	if err != nil {
		return fmt.Sprintf("tc %s: %v: %s", qdisc[0], err, strings.TrimSpace(string(out)))
	}
	return ""
}
