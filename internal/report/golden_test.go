package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write testdata/*.golden anew")

// golden compares got with testdata/name.golden.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; -update writes it anew\ngot:\n%s\nwant:\n%s", path, got, want)
	}
}

func base(workload string) *Result {
	return &Result{
		Tool:      Tool{Name: "loadframe", Version: "v1.0.0", Go: "go1.26.0", GNet: "v2.10.0"},
		Command:   []string{"loadframe", "load", workload},
		Host:      Host{OS: "linux", Arch: "amd64", CPUs: 2, Kernel: "6.18.44", GOMAXPROCS: 2},
		Start:     time.Date(2026, 11, 21, 8, 0, 0, 123456789, time.UTC),
		Workload:  workload,
		Transport: "tcp",
	}
}

func pull() *Result {
	r := base("pull")
	r.Command = append(r.Command, "-n", "4GiB")
	r.Framing = "raw"
	r.Config = Config{Addr: "127.0.0.1:8120", Embedded: true, Framing: "raw", Handler: "generate", Workload: "pull", Connections: 1,
		Bytes: 1 << 32, Verify: VerifyFull, Seed: 1, IntervalS: 1}
	r.DurationS = 0.579
	r.Totals = Totals{Messages: new(int64(1)), PayloadBytes: 1 << 32, WireBytes: new(int64(1<<32 + 76)), VerifyErrors: new(int64(0)), Connections: 1}
	r.Rates = r.Totals.Rates(r.DurationS)
	r.Cost = &Cost{ProcessCPUS: new(1.043), ClientReads: new(int64(32801)), ClientWrites: new(int64(2)), ServerReads: new(int64(2)), ServerWrites: new(int64(65540))}
	r.TCPInfo = &TCPInfo{Connections: 1, Congestion: "bbr", RTTNs: new(int64(52000)), SndCwnd: new(int64(10)), Retransmits: new(int64(0))}
	r.Intervals = []Interval{Interval{EndS: 0.579, PayloadBytes: 1 << 32}.WithRates()}
	return r
}

func echo() *Result {
	r := base("echo")
	r.Framing = "length"
	r.Config = Config{Addr: "10.0.0.7:8120", Framing: "length", Handler: "echo", Workload: "echo", Connections: 64, DurationS: 10, Size: 64,
		Depth: 1, Batch: 1, NoDelay: new(true), Verify: VerifyFull, Seed: 1, IntervalS: 1, MessagesPerS: 100000, Schedule: "poisson:100k"}
	r.DurationS = 10.0004
	r.Totals = Totals{Messages: new(int64(1000123)), PayloadBytes: 64 * 1000123, WireBytes: new(int64(68 * 1000123)), VerifyErrors: new(int64(0)), Connections: 64}
	r.Rates = r.Totals.Rates(r.DurationS)
	r.Latency = &Latency{
		Response: &Quantiles{Count: 1000123, Min: 9100, Mean: 31400, P50: 18300, P90: 61200, P99: 212000, P999: 1240000, P9999: 3900000, Max: 5120000},
		Service:  &Quantiles{Count: 1000123, Min: 9100, Mean: 24100, P50: 17900, P90: 44000, P99: 121000, P999: 832000, P9999: 2100000, Max: 4010000},
	}
	r.Cost = &Cost{ClientCPUS: new(7.31), ServerCPUS: new(4.2), ClientReads: new(int64(990120)), ClientWrites: new(int64(1000123)),
		ServerReads: new(int64(998800)), ServerWrites: new(int64(998800))}
	r.Thresholds = []Threshold{{Expr: "p99<1ms", Value: new(212000.0), OK: true}}
	r.Health = &Health{ScheduleLag: &Quantiles{Count: 1000123, Min: 210, Mean: 7300, P50: 5100, P90: 14200, P99: 61000, P999: 310000, P9999: 700000, Max: 812000}}
	return r
}

func ack() *Result {
	r := base("ack")
	r.Framing = "uvarint"
	r.Transport = "unix"
	r.Config = Config{Addr: "/run/lf.sock", Framing: "uvarint", Handler: "ack", Workload: "ack", Connections: 8, Messages: 100000, Sizes: "uniform:16,1500",
		Size: 758, Depth: 16, Batch: 16, Verify: VerifyLength}
	r.DurationS = 0.41
	r.Totals = Totals{Messages: new(int64(100000)), PayloadBytes: 1200000, WireBytes: new(int64(1300000)), VerifyErrors: new(int64(0)), Connections: 8}
	r.Rates = r.Totals.Rates(r.DurationS)
	r.Latency = &Latency{Response: &Quantiles{Count: 100000, Min: 9100, Mean: 31400, P50: 18300, P90: 61200, P99: 212000, P999: 1240000, P9999: 3900000, Max: 5120000}}
	r.Thresholds = []Threshold{{Expr: "p99<200us", Value: new(212000.0)}, {Expr: "jitter<1ms"}}
	r.Health = &Health{GeneratorLimited: true, Reasons: []string{"client CPU at 98 % of 2 cores: the server may do more than this shows"}}
	return r
}

func failed() *Result {
	r := pull()
	r.Error = "client: 127.0.0.1:8120: connection reset after 1,073,741,824 of 4,294,967,296 bytes"
	r.Totals.PayloadBytes, r.Totals.WireBytes = 1<<30, new(int64(1<<30+76))
	r.Totals.Errors = 1
	r.DurationS = 0.15
	r.Rates = r.Totals.Rates(r.DurationS)
	return r
}

func refused() *Result {
	r := base("echo")
	r.Config = Config{Addr: "127.0.0.1:1", Connections: 4, DurationS: 1, Size: 64, Depth: 1, NoDelay: new(true), Verify: VerifyFull}
	r.Error = "client: dial tcp 127.0.0.1:1: connect: connection refused"
	r.Totals = Totals{Errors: 4}
	return r
}

func repeated() *Result {
	runs := []*Result{echo(), echo(), echo()}
	for i, r := range runs {
		r.Latency.Response.P99 += int64(i) * 10000
	}
	r, err := Combine(runs)
	if err != nil {
		panic(err)
	}
	return r
}

var results = map[string]func() *Result{"repeated": repeated, "pull": pull, "echo": echo, "ack": ack, "failed": failed, "refused": refused}

func TestGolden(t *testing.T) {
	for name, result := range results {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := WriteText(&b, result()); err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(b.String(), "\n"); n > 20 {
				t.Errorf("summary of %d lines, limit 16", n)
			}
			golden(t, name+".txt", b.Bytes())

			b.Reset()
			if err := WriteJSON(&b, result(), true); err != nil {
				t.Fatal(err)
			}
			if !json.Valid(b.Bytes()) {
				t.Error("not valid JSON")
			}
			golden(t, name+".json", b.Bytes())
		})
	}
}
