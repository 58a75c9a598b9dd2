package bench

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/codec"
)

// The metrics, in the order of every table: the key of report.Cell.Estimates, and
// the unit as in benchmark text. Not every cell has all. Of both ends, and so of
// client and server together, are the processor, the allocations and the system calls.
var metrics = []struct{ name, unit string }{
	{"messages_per_s", "msg/s"},
	{"goodput_bytes_per_s", "B/s"},
	{"wire_per_payload", "wireB/B"},
	{"cpu_ns_per_message", "CPU-ns/msg"},
	{"cpu_s_per_gib", "CPU-s/GiB"},
	{"allocs_per_message", "allocs/msg"},
	{"syscalls_per_message", "syscalls/msg"},
	{"server_reads_per_message", "server-reads/msg"},
	{"server_cpu_ns_per_message", "server-CPU-ns/msg"},
	{"server_allocs_per_message", "server-allocs/msg"},
	{"p50_ns", "p50-ns"},
	{"p99_ns", "p99-ns"},
	{"memory_bytes_per_connection", "memB/conn"},
}

// trial is one cell in one round.
type trial struct {
	took                    time.Duration
	messages, payload, wire int64
	values                  map[string]float64
	response                *hdrhistogram.Histogram // nil for bulk
}

// attempts is how often a trial is made in which nothing was measured, each time
// twice as long: on a machine that does something else a short one may be asleep
// throughout.
const attempts = 6

// run measures the cell once. Seed is of the round: all contenders get the same
// messages in it.
func (x *cell) run(ctx context.Context, s *servers, t timing, seed uint64) (out *trial, err error) {
	c := x.config
	c.Addr, c.Seed, c.Duration, c.Omit = s.addrFor(x.contender), seed, t.measured, t.omit
	c.Interval = max(t.omit, 10*time.Millisecond) // of the ticks that the warm-up ends with
	c.ServerStats = s.ours == nil
	for range attempts {
		if out, err = x.measure(ctx, s, c); !errors.Is(err, errNoMessage) && !errors.Is(err, client.ErrWarmUp) {
			break
		}
		c.Duration *= 2
	}
	if err != nil {
		return nil, fmt.Errorf("bench: %s at %s: %w", x.contender.Name, x.point.Name, err)
	}
	return out, nil
}

var errNoMessage = errors.New("no message came back")

// measure makes a run, with its neighbours beside it.
func (x *cell) measure(ctx context.Context, s *servers, c client.Config) (*trial, error) {
	if x.point.Neighbour != "" {
		end, err := besiege(ctx, s.addr, x.codec, x.point.Neighbour)
		if err != nil {
			return nil, err
		}
		defer end()
	}
	if x.point.Path != "" {
		path, err := viaPath(x.point, c.Addr)
		if err != nil {
			return nil, err
		}
		defer path.Close()
		c.Addr = path.Addr().String()
	}
	runtime.GC() // no trial pays for the one before
	p := s.of(x.contender)
	if p != nil {
		if _, err := p.collect(); err != nil {
			return nil, err
		}
	}
	var before, after *used
	var asked error
	read := func(into **used) func() {
		return func() {
			if p == nil || asked != nil {
				return
			}
			u, err := p.used()
			*into, asked = &u, err
		}
	}
	var whole client.Counts
	r, err := client.Run(ctx, c, client.Observer{Ready: read(&before), Progress: func(n client.Counts) { whole = n }})
	if err == nil {
		err = ctx.Err()
	}
	switch {
	case err == nil && (r.Messages == 0 || r.Took <= 0):
		err = fmt.Errorf("%w within %v: a trial has to be longer", errNoMessage, c.Duration)
	case err != nil && len(r.Faults) == 1 && r.Faults[client.FaultTimeout] > 0 && c.Duration > 0:
		err = fmt.Errorf("%w in time: %w", errNoMessage, err)
	}
	if err == nil {
		read(&after)()
		err = asked
	}
	if err != nil {
		return nil, err
	}
	t := x.sample(&r, costOf(before, after, whole, &r))
	if whole.Payload > 0 {
		// With the warm-up: that ends wherever a read did, the whole with a frame.
		t.values["wire_per_payload"] = float64(whole.Wire) / float64(whole.Payload)
	}
	return t, nil
}

// sample turns what a run counted into metrics. Beside neighbours and behind a
// proxy the costs are theirs, too, and say nothing.
func (x *cell) sample(r *client.Result, server *serverCost) *trial {
	n, payload := float64(r.Messages), float64(r.Payload)
	t := &trial{took: r.Took, messages: r.Messages, payload: r.Payload, wire: r.Wire, response: r.Response, values: map[string]float64{
		"goodput_bytes_per_s": payload / r.Took.Seconds(),
	}}
	alone := x.point.Neighbour == "" && x.point.Path == ""
	if server == nil {
		server = &serverCost{}
	}
	cpu := server.cpuNs + float64(r.CPU.Total().Nanoseconds())/n
	tells := alone && r.CPU.Total() > 0
	if tells && payload > 0 {
		t.values["cpu_s_per_gib"] = cpu * n / 1e9 / payload * (1 << 30)
	}
	if x.point.Workload == client.Pull && !codec.Delimits(x.codec) {
		return t // its messages are what single reads returned
	}
	t.values["messages_per_s"] = n / r.Took.Seconds()
	if tells {
		t.values["cpu_ns_per_message"] = cpu
	}
	if alone {
		t.values["allocs_per_message"] = server.allocs + float64(r.Allocs)/n
	}
	if alone && server.reads > 0 {
		t.values["syscalls_per_message"] = server.reads + server.writes + float64(r.Reads+r.Writes)/n
		t.values["server_reads_per_message"] = server.reads
		t.values["server_cpu_ns_per_message"] = server.cpuNs
		t.values["server_allocs_per_message"] = server.allocs
	}
	if r.Response != nil && r.Response.TotalCount() > 0 {
		t.values["p50_ns"] = float64(r.Response.ValueAtQuantile(50))
		t.values["p99_ns"] = float64(r.Response.ValueAtQuantile(99))
	}
	return t
}
