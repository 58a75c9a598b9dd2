package cli

import (
	"errors"
	"testing"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/loadframe/loadframe/bench/capacity"
	"github.com/loadframe/loadframe/client"
)

// trialOf is a trial of 1000 messages that were answered after ms milliseconds, of which
// the generator was late for lag.
func trialOf(ms, lag int64) *client.Result {
	res := &client.Result{Took: 1e9, Response: hdrhistogram.New(1, 1e12, 3), Lag: hdrhistogram.New(1, 1e12, 3)}
	res.Config.Workload, res.Config.Framing, res.Config.Arrival = client.Echo, "u32", "poisson:1000"
	res.Messages = 1000
	_ = res.Response.RecordValues(ms*1e6, 1000)
	_ = res.Lag.RecordValues(lag*1e6+1, 1000)
	return res
}

// What fails a goal is the server's fault, unless this machine was late or busy;
// what meets it was met in any case. What no latency tells of fails it too.
func TestVerdict(t *testing.T) {
	for _, c := range []struct {
		name   string
		slo    string
		ms     int64
		lag    int64
		change func(*client.Result)
		want   capacity.Verdict
	}{
		{"met", "p99<10ms", 5, 0, nil, capacity.Met},
		{"too slow", "p99<10ms", 15, 0, nil, capacity.Failed},
		{"too slow, and late by little", "p99<10ms", 15, 1, nil, capacity.Failed},
		{"too slow, for it was sent late", "p99<10ms", 15, 2, nil, capacity.Void},
		{"in time, though it was sent late", "p99<10ms", 5, 2, nil, capacity.Met},
		{"late as the client judges", "p99<10ms", 15, 0, func(r *client.Result) { r.Health.Late = true }, capacity.Void},
		{"busy", "p99<10ms", 15, 0, func(r *client.Result) { r.Health.Busy = true }, capacity.Void},
		{"busy and in time", "p99<10ms", 5, 0, func(r *client.Result) { r.Health.Busy = true }, capacity.Met},
		{"a collection that nobody noticed", "p99<10ms", 15, 0, func(r *client.Result) { r.Health.GeneratorLimited = true }, capacity.Failed},
		{"unsent", "p99<10ms", 5, 0, func(r *client.Result) { r.Unsent = 1 }, capacity.Failed},
		{"unsent by a late generator", "p99<10ms", 5, 1, func(r *client.Result) { r.Unsent = 1 }, capacity.Void},
		{"a connection that failed", "p99<10ms", 5, 0, func(r *client.Result) { r.Failed = 1 }, capacity.Failed},
		{"a connection that failed, of a busy generator", "p99<10ms", 5, 0, func(r *client.Result) { r.Failed, r.Health.Busy = 1, true }, capacity.Failed},
		{"as many as may fail", "p99<10ms,errors<1%", 5, 0, func(r *client.Result) { r.Failed = 1 }, capacity.Met},
		{"more than may fail", "errors<0.1%", 5, 0, func(r *client.Result) { r.Failed = 2 }, capacity.Failed},
		{"nothing but no connection", "errors<100%", 5, 0, func(r *client.Result) { *r = client.Result{Config: r.Config, Failed: 1} }, capacity.Failed},
	} {
		g, err := parseGoal(c.slo)
		if err != nil {
			t.Fatal(err)
		}
		res := trialOf(c.ms, c.lag)
		if c.change != nil {
			c.change(res)
		}
		r := run{env: &env{}, flags: &loadFlags{}}
		out := r.newResult(res)
		if res.Took == 0 {
			fail(out, errors.New("refused"))
		}
		if got := g.verdict(res, out); got != c.want {
			t.Errorf("%s: %v, expected %v", c.name, got, c.want)
		}
	}
}

// A trial is long enough for the greatest percentile of its goal.
func TestMessagesOfAGoal(t *testing.T) {
	for slo, want := range map[string]float64{"p50<1s": 10, "p99<1s,p50<2s": 500, "service.p99.9<1s": 5000, "errors==0": 5} {
		g, err := parseGoal(slo)
		if err != nil {
			t.Fatal(err)
		}
		if got := g.messages(); got < want || got > want+1 {
			t.Errorf("%s: %g messages, expected %g", slo, got, want)
		}
	}
}
