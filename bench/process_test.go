package bench

import (
	"context"
	"math"
	"strings"
	"syscall"
	"testing"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/internal/report"
)

// What a server costs is counted from the last opening to the last reply: one at
// a time, a message is one read and one write of each end, also where a warm-up
// stands before it. A counter follows its call, so that the answer to an opening
// can be counted behind it: one write a connection, and no more. Its processor
// time is its own.
func TestCostOfBothEnds(t *testing.T) {
	s := started(t)
	all, err := cells(floors(), []report.Point{Base()}, 1, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range append(all, all[0]) {
		c := x.config
		c.Addr, c.Messages, c.Depth, c.Batch = s.addrFor(x.contender), 3000, 1, 1
		tr, err := x.measure(context.Background(), s, c)
		if err != nil {
			t.Fatal(err)
		}
		late := float64(c.Conns) / 3000
		if v := tr.values; math.Abs(v["syscalls_per_message"]-4) > late+1e-9 || v["server_reads_per_message"] != 1 {
			t.Errorf("%s: %v calls a message, %v reads of the server, want 4 and 1", x.contender.Name, v["syscalls_per_message"], v["server_reads_per_message"])
		}
		if v := tr.values; v["server_cpu_ns_per_message"] <= 0 || v["server_cpu_ns_per_message"] >= v["cpu_ns_per_message"] || v["server_allocs_per_message"] > v["allocs_per_message"] {
			t.Errorf("%s: of the server %v ns and %v objects, of both ends %v and %v", x.contender.Name,
				v["server_cpu_ns_per_message"], v["server_allocs_per_message"], v["cpu_ns_per_message"], v["allocs_per_message"])
		}
	}
	warm, err := all[0].run(context.Background(), s, timing{measured: minTrial, omit: minTrial}, 1)
	if err != nil || warm.values["server_reads_per_message"] <= 0 || warm.values["server_reads_per_message"] > 1 {
		t.Errorf("with a warm-up: %v reads of the server a message, %v", warm.values["server_reads_per_message"], err)
	}
}

// A signal that a terminal sends to all its processes leaves the servers to the
// comparison, which still has to be told of its whole rounds.
func TestServersOutliveInterrupt(t *testing.T) {
	s := started(t)
	for _, p := range []*process{s.ours, s.bare} {
		for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
			if err := p.cmd.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
		}
		c := client.Config{Workload: client.Echo, Framing: "raw", Plain: p == s.bare, Addr: p.addr, Messages: 10}
		if r, err := client.Run(context.Background(), c, client.Observer{}); err != nil || r.Messages != 10 {
			t.Errorf("%d messages, %v", r.Messages, err)
		}
		if _, err := p.collect(); err != nil {
			t.Error(err)
		}
	}
}

// A server that is killed fails the experiment with a reason, in the midst of it.
func TestServerKilled(t *testing.T) {
	p, err := startProcess(command(t), serveBareEcho, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if _, err := p.used(); err == nil || !strings.Contains(err.Error(), "bench: the server at 127.0.0.1:") {
		t.Errorf("asked: %v", err)
	}
	if err := p.stop(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Errorf("stopped: %v", err)
	}
}

// What is no server is not waited for.
func TestNoServerProcess(t *testing.T) {
	us := command(t)
	for _, c := range []struct {
		command []string
		kind    string
		want    string
	}{
		{nil, serveLoadframe, "bench: no server: neither an address nor a command that serves"},
		{[]string{"/no/such/program"}, serveLoadframe, "bench: loadframe server: "},
		{[]string{"echo", "hello"}, serveLoadframe, "bench: the loadframe server does not listen: "},
		{us, "morse", "bench: the morse server does not listen: "},
	} {
		if _, err := startProcess(c.command, c.kind, 1); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q %s: %v, want %q", c.command, c.kind, err, c.want)
		}
	}
	for want, args := range map[string][]string{
		"bench: serve []: want what to serve":     nil,
		`bench: serve "morse": want loadframe or`: {"morse", "1"},
		`bench: serve: greatest frame "many"`:     {serveBareEcho, "many"},
	} {
		if err := Serve(args, strings.NewReader(""), new(strings.Builder)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", args, err, want)
		}
	}
}
