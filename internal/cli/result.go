package cli

import (
	"time"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/report"
)

// newResult puts what a run measured into the form that is reported. cpu is
// what this process used meanwhile, 0 if unknown.
func (r *run) newResult(res *client.Result, cpu time.Duration) *report.Result {
	c := res.Config
	out := &report.Result{
		Tool:      report.ThisTool(),
		Command:   r.env.args,
		Config:    r.configOf(c, res.Batch),
		Host:      report.ThisHost(),
		Start:     res.Start,
		DurationS: res.Took.Seconds(),
		Workload:  c.Workload,
		Framing:   c.Framing,
		Transport: "tcp",
	}
	if out.Start.IsZero() {
		out.Start = time.Now() // it failed before it began
	}
	if res.Took == 0 {
		return out
	}
	out.Totals = report.Totals{
		PayloadBytes: res.Payload,
		WireBytes:    new(res.Wire),
		Errors:       int64(res.Failed),
		Connections:  int64(c.Conns),
	}
	if c.Verify != client.VerifyNone {
		out.Totals.VerifyErrors = new(res.VerifyErrors)
	}
	if countsMessages(c) {
		out.Totals.Messages = new(res.Messages)
	}
	out.Rates = out.Totals.Rates(out.DurationS)
	if q := report.Summarize(res.Response); q != nil {
		out.Latency = &report.Latency{Response: q} // closed loop: service is the same
	}
	out.Cost = r.cost(res, cpu)
	return out
}

func (r *run) configOf(c client.Config, batch int) report.Config {
	out := report.Config{
		Addr:        c.Addr,
		Embedded:    r.embedded != nil,
		Framing:     c.Framing,
		Handler:     c.Handler,
		Workload:    c.Workload,
		Connections: c.Conns,
		DurationS:   c.Duration.Seconds(),
		Bytes:       c.Bytes,
		Messages:    c.Messages,
		Size:        int64(c.Size),
		NoDelay:     new(true), // Go's default; nothing here changes it
		Verify:      string(c.Verify),
		Seed:        c.Seed,
		IntervalS:   c.Interval.Seconds(),
		Plain:       c.Plain,
		Batch:       batch,
		TimeoutS:    c.Timeout.Seconds(),
	}
	if c.Workload != client.Pull {
		out.Depth = c.Depth
	}
	return out
}

func (r *run) cost(res *client.Result, cpu time.Duration) *report.Cost {
	cost := &report.Cost{ClientReads: new(res.Reads), ClientWrites: new(res.Writes)}
	if cpu > 0 && r.embedded == nil {
		cost.ClientCPUS = new(cpu.Seconds())
	}
	if r.embedded != nil {
		if cpu > 0 {
			cost.ProcessCPUS = new(cpu.Seconds()) // the two ends cannot be told apart
		}
		s := r.embedded.Stats()
		cost.ServerReads, cost.ServerWrites = &s.Reads, &s.Writes
	}
	return cost
}

// countsMessages tells whether messages mean something: of a raw pull they
// would be what single reads returned.
func countsMessages(c client.Config) bool {
	cod, err := codec.Parse(c.Framing)
	return c.Workload != client.Pull || err == nil && codec.Delimits(cod)
}

func interval(i client.Interval, c client.Config) report.Interval {
	v := report.Interval{
		StartS:       i.Start.Seconds(),
		EndS:         i.End.Seconds(),
		PayloadBytes: i.Payload,
		WireBytes:    new(i.Wire),
	}
	if countsMessages(c) {
		v.Messages = new(i.Messages)
	}
	return v.WithRates()
}
