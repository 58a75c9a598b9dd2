package k6_test

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The iterations of an arrival rate, split in two as k6-operator splits them,
// add up to those of one process, and so do messages, at both ends; and the
// results merge to the whole.
func TestSegmentsAddUp(t *testing.T) {
	// The last of nine is due after 2 s; the rest is for a machine that is slow.
	const messages, iterations = 500, 9
	script := writeScript(t, `{ scenarios: { s: { executor: "constant-arrival-rate", rate: 4, timeUnit: "1s", duration: "2200ms", preAllocatedVUs: 10 } } }`,
		fmt.Sprintf("depth: 32, messages: %d", messages), "client.burst();")
	count := func(runs ...*run) (its, sent float64) {
		for _, r := range runs {
			r.good(t)
			n := r.counts(t)
			its += n["iterations"]
			sent += n["loadframe_messages"]
		}
		return its, sent
	}
	s := startServer(t)
	dir := t.TempDir()
	its, sent := count(start(t, script, s.Addr, filepath.Join(dir, "whole")))
	if its != iterations || sent != iterations*messages {
		t.Fatalf("whole: %v iterations, %v messages", its, sent)
	}
	before := s.Stats().FramesIn
	var runs []*run
	for _, segment := range []string{"0:1/2", "1/2:1"} {
		runs = append(runs, start(t, script, s.Addr, filepath.Join(dir, "split"), "--execution-segment="+segment, "--execution-segment-sequence=0,1/2,1"))
	}
	its, sent = count(runs...)
	if its != iterations || sent != iterations*messages || s.Stats().FramesIn-before != iterations*messages {
		t.Errorf("split: %v iterations, %v messages, %d at the server", its, sent, s.Stats().FramesIn-before)
	}
	var sum int64
	for i, name := range []string{"k6.1of2", "k6.2of2"} {
		d := readDocument(t, filepath.Join(dir, "split", name+".json"))
		if g := d.Instance.Segment; g.Index != i || g.Count != 2 {
			t.Errorf("%s is of segment %+v", name, g)
		}
		var at int64
		for _, in := range s.Instances() {
			if in.Name == name {
				at = in.FramesIn
			}
		}
		if at != d.Totals.Messages {
			t.Errorf("%s tells of %d messages, the server of %d", name, d.Totals.Messages, at)
		}
		sum += d.Totals.Messages
	}
	out, err := exec.Command(program(t, buildPlain), "merge", "-J", filepath.Join(dir, "split")).Output()
	var merged document
	if err == nil {
		err = json.Unmarshal(out, &merged)
	}
	if err != nil {
		t.Fatalf("merge: %v\n%s", err, out)
	}
	if merged.Merged == nil || merged.Merged.Covered != 1 || merged.Totals.Messages != sum || merged.Latency.Response.Count != sum || sum != iterations*messages {
		t.Errorf("merged %+v of %d messages", merged, sum)
	}
	if err := os.Remove(filepath.Join(dir, "split", "k6.2of2.json")); err != nil {
		t.Fatal(err)
	}
	text, err := exec.Command(program(t, buildPlain), "merge", filepath.Join(dir, "split")).CombinedOutput()
	if err == nil || !strings.Contains(string(text), "2/2") {
		t.Errorf("merge of one of two: %v\n%s", err, text)
	}
}

// Thresholds on our metrics decide what k6 exits with.
func TestThresholds(t *testing.T) {
	s := startServer(t)
	for threshold, want := range map[string]int{
		`loadframe_messages: ["count==600"]`:                 0,
		`loadframe_messages: ["count>600"]`:                  99,
		`loadframe_goodput_bytes: ["count==38400"]`:          0,
		`loadframe_goodput_bytes: ["rate>1e15"]`:             99,
		`loadframe_errors: ["count==0"]`:                     0,
		`loadframe_bursts_failed: ["rate==0"]`:               0,
		`loadframe_bursts_failed: ["rate>0"]`:                99,
		`loadframe_p99_ms: ["min>0", "max<3600000"]`:         0,
		`loadframe_p50_ms: ["max<0.000001"]`:                 99,
		`"loadframe_messages{workload:echo}": ["count>0"]`:   0,
		`"loadframe_messages{framing:line}": ["count>0"]`:    99,
		`loadframe_connections: ["value==2"]`:                0,
		`loadframe_verify_errors: ["count==0"]`:              0,
		`loadframe_burst_ms: ["min>0"], checks: ["rate==1"]`: 0,
	} {
		t.Run(threshold, func(t *testing.T) {
			t.Parallel()
			script := writeScript(t, fmt.Sprintf(`{ vus: 2, iterations: 6, thresholds: { %s } }`, threshold), "messages: 100", `client.burst();`)
			r := start(t, script, s.Addr, "")
			if code := r.wait(t); code != want {
				t.Errorf("exit status %d, want %d\n%s", code, want, &r.out)
			}
		})
	}
}

// A server that changes a byte, one that closes, and mistakes in a script: each
// has its own end, and none is a panic.
func TestFailures(t *testing.T) {
	liar := serve(t, func(nc net.Conn) {
		b := make([]byte, 64<<10)
		for {
			n, err := nc.Read(b)
			if err != nil {
				return
			}
			b[n-1] ^= 1
			if _, err := nc.Write(b[:n]); err != nil {
				return
			}
		}
	})
	hasty := serve(t, func(nc net.Conn) { nc.Read(make([]byte, 1<<10)) })
	for _, c := range []struct {
		name, target, options, client, body string
		code                                int
		says                                string
	}{
		{"wrong byte", liar, `{ iterations: 3, thresholds: { loadframe_verify_errors: ["count==0"] } }`, "plain: true, messages: 10", "client.burst();", 99, "verify: byte"},
		{"closed", hasty, `{ iterations: 3, thresholds: { loadframe_errors: ["count<3"] } }`, "plain: true, messages: 10", "client.burst();", 99, "the server closed the connection"},
		{"told", hasty, `{ iterations: 1 }`, "plain: true, messages: 10", `const b = client.burst(); if (b.errors !== 1 || !b.error || b.messages !== 0) { throw new Error("no"); } console.log("told");`, 0, "told"},
		{"bad option", hasty, `{ iterations: 1 }`, `messages: 10, framing: "u9"`, "client.burst();", 107, "u9"},
		{"burst in init", hasty, `(() => { const c = loadframe.client({ addr: "x:1", messages: 1 }); c.burst(); })()`, "messages: 10", "", 107, "burst() belongs to a function that VUs run"},
		{"two clients", hasty, `(() => { loadframe.client({ addr: "x:1", messages: 1 }); return {}; })()`, "messages: 10", "", 107, "give each a name of its own"},
		{"bad directory", hasty, `{ iterations: 1000000 }`, `messages: 10, resultDir: "/dev/null/x"`, "client.burst();", 108, "/dev/null"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := start(t, writeScript(t, c.options, c.client, c.body), c.target, "")
			if code := r.wait(t); code != c.code || !strings.Contains(r.out.String(), c.says) || strings.Contains(r.out.String(), "panic") {
				t.Errorf("exit status %d, want %d, with %q\n%s", code, c.code, c.says, &r.out)
			}
		})
	}
}

// serve starts a server that does handle with each connection, and closes it.
func serve(t *testing.T, handle func(net.Conn)) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer nc.Close()
				handle(nc)
			}()
		}
	}()
	return l.Addr().String()
}

// A burst that k6 cuts short counts up to there, in k6, in the result, and for
// the end of it that the server sees; and k6 ends in time.
func TestBurstsThatAreCutShort(t *testing.T) {
	for name, c := range map[string]struct {
		options string
		stop    func(*run)
		code    int
	}{
		"end of the scenario": {`{ scenarios: { s: { executor: "constant-vus", vus: 2, duration: "1s", gracefulStop: "0s" } } }`, func(*run) {}, 0},
		"interrupt":           {`{ scenarios: { s: { executor: "constant-vus", vus: 2, duration: "1h" } } }`, func(r *run) { r.cmd.Process.Signal(os.Interrupt) }, 105},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, dir := startServer(t), t.TempDir()
			r := start(t, writeScript(t, c.options, `duration: "1h", depth: 8`, "client.burst();"), s.Addr, dir)
			for until := time.Now().Add(time.Minute); s.Stats().FramesIn < 1000; time.Sleep(5 * time.Millisecond) {
				if time.Now().After(until) {
					t.Fatal("no load")
				}
			}
			c.stop(r)
			if code := r.wait(t); code != c.code {
				t.Fatalf("exit status %d, want %d\n%s", code, c.code, &r.out)
			}
			d, n := readDocument(t, filepath.Join(dir, "k6.1of1.json")), r.counts(t)
			if d.Totals.Messages < 500 || int64(n["loadframe_messages"]) != d.Totals.Messages || d.Error != "" {
				t.Errorf("k6 counted %v messages, the result %d; error %q", n["loadframe_messages"], d.Totals.Messages, d.Error)
			}
			if most := s.Stats().FramesIn; d.Totals.Messages > most || d.Totals.Messages < most-2*8 {
				t.Errorf("%d messages were answered, the server took %d", d.Totals.Messages, most)
			}
		})
	}
}

// A result that is there already is not written over, and the run does not begin.
func TestResultsAreNotOverwritten(t *testing.T) {
	s, dir := startServer(t), t.TempDir()
	script := writeScript(t, `{ iterations: 1 }`, "messages: 10", "client.burst();")
	start(t, script, s.Addr, dir).good(t)
	r := start(t, script, s.Addr, dir)
	if code := r.wait(t); code != 108 || !strings.Contains(r.out.String(), "is there already") {
		t.Errorf("exit status %d\n%s", code, &r.out)
	}
	r = start(t, script, s.Addr, dir, "--tag", "testid=second")
	r.good(t)
	if d := readDocument(t, filepath.Join(dir, "second.1of1.json")); d.Instance.Run != "second" {
		t.Errorf("run %q", d.Instance.Run)
	}
}
