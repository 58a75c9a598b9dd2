package cli

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/report"
)

// newResult puts what a run measured into the form that is reported.
func (r *run) newResult(res *client.Result) *report.Result {
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
	if c.Arrival != "" {
		out.Totals.Unsent = new(res.Unsent)
	}
	out.Latency = latency(res.Response, res.Service)
	out.Cost = r.cost(res)
	out.Health = &report.Health{
		GeneratorLimited: res.Health.GeneratorLimited,
		Reasons:          res.Health.Reasons,
		ScheduleLag:      report.Summarize(res.Lag),
	}
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
		Sizes:       c.Sizes,
		Payload:     c.Payload,
		NoDelay:     new(!c.Nagle),
		Schedule:    c.Arrival,
		BitsPerS:    int64(r.flags.bitrate),
		OmitS:       c.Omit.Seconds(),
		Verify:      string(c.Verify),
		Seed:        c.Seed,
		IntervalS:   c.Interval.Seconds(),
		Plain:       c.Plain,
		Batch:       batch,
		TimeoutS:    c.Timeout.Seconds(),
		Title:       r.flags.title,
		Labels:      r.labels,
	}
	if c.Workload != client.Pull {
		out.Depth = c.Depth
	}
	if s, err := client.ParseSchedule(c.Arrival); err == nil {
		out.MessagesPerS = s.Rate()
	}
	return out
}

// latency returns nil where there is none. In a closed loop service is the same
// as response, and not measured.
func latency(response, service *hdrhistogram.Histogram) *report.Latency {
	if q := report.Summarize(response); q != nil {
		return &report.Latency{Response: q, Service: report.Summarize(service)}
	}
	return nil
}

func (r *run) cost(res *client.Result) *report.Cost {
	cpu := res.CPU.Total() // 0: unknown
	cost := &report.Cost{ClientReads: new(res.Reads), ClientWrites: new(res.Writes)}
	if cpu > 0 && r.embedded == nil {
		cost.ClientCPUS = new(cpu.Seconds())
	}
	if r.embedded != nil {
		if cpu > 0 {
			cost.ProcessCPUS = new(cpu.Seconds()) // the two ends cannot be told apart
		}
		s := r.embedded.Stats()
		cost.ServerReads, cost.ServerWrites = new(s.Reads-r.served.Reads), new(s.Writes-r.served.Writes)
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
		Latency:      latency(i.Response, i.Service),
		Omitted:      i.Omitted,
	}
	if countsMessages(c) {
		v.Messages = new(i.Messages)
	}
	return v.WithRates()
}
