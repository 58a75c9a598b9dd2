package page

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/loadframe/loadframe/internal/report"
)

var (
	sampleTool  = report.Tool{Name: "loadframe", Version: "v1.0.0", Go: "go1.26.0", GNet: "v2.10.0"}
	sampleHost  = report.Host{OS: "linux", Arch: "amd64", CPUs: 2, Kernel: "6.18.44", GOMAXPROCS: 2}
	sampleStart = time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
)

// sampleLatency has percentiles around a median, with a long tail.
func sampleLatency(rng *rand.Rand, p50 float64, count int64) *report.Latency {
	q := func() *report.Quantiles {
		k := 0.9 + 0.2*rng.Float64()
		at := func(f float64) int64 { return int64(p50 * k * f) }
		q := &report.Quantiles{Count: count, Min: at(0.3), Mean: at(1.4), P50: at(1), P90: at(2.6), P99: at(6), P999: at(40), P9999: at(90), Max: at(130)}
		last := int64(0)
		for i := 0.0; i <= math.Log10(float64(count)); i += 0.17 {
			last = max(last+1, at(0.3+0.7*math.Pow(i/0.3, 1.8)*(0.95+0.1*rng.Float64())))
			q.Curve = append(q.Curve, report.CurvePoint{Percentile: math.Round((100-100*math.Pow(10, -i))*1e6) / 1e6, Ns: last})
		}
		q.Curve = append(q.Curve, report.CurvePoint{Percentile: 100, Ns: max(last+1, q.Max)})
		return q
	}
	return &report.Latency{Response: q()}
}

// sampleResult is a run of n intervals.
func sampleResult(seed uint64, framing string, n int, perS float64) *report.Result {
	rng := rand.New(rand.NewPCG(seed, 1))
	r := &report.Result{Schema: report.Schema, Tool: sampleTool, Command: []string{"loadframe", "load", "echo", "--framing", framing}, Host: sampleHost, Start: sampleStart,
		Workload: "echo", Framing: framing, Transport: "tcp", DurationS: float64(n) / 4}
	r.Config = report.Config{Addr: "10.0.0.7:8120", Framing: framing, Handler: "echo", Workload: "echo", Connections: 50, DurationS: r.DurationS, Size: 64, Depth: 8, Batch: 8,
		NoDelay: new(true), Verify: report.VerifyFull, Seed: seed, IntervalS: 0.25}
	total := int64(0)
	for i := range n {
		m := int64(perS / 4 * (0.85 + 0.3*rng.Float64()))
		total += m
		v := report.Interval{StartS: float64(i) / 4, EndS: float64(i+1) / 4, Messages: &m, PayloadBytes: m * 64, WireBytes: new(m * 68), Latency: sampleLatency(rng, 180e3, m)}
		v.Latency.Response.Curve = nil
		r.Intervals = append(r.Intervals, v.WithRates())
	}
	r.Totals = report.Totals{Messages: &total, PayloadBytes: total * 64, WireBytes: new(total * 68), VerifyErrors: new(int64(0)), Connections: 50}
	r.Rates = r.Totals.Rates(r.DurationS)
	r.Latency = sampleLatency(rng, 180e3, total)
	r.Cost = &report.Cost{ClientCPUS: new(1.25 * r.DurationS), ServerCPUS: new(0.55 * r.DurationS), ClientReads: new(total / 7), ClientWrites: new(total / 8)}
	r.TCPInfo = &report.TCPInfo{Connections: 50, Congestion: "cubic", RTTNs: new(int64(151000)), MinRTTNs: new(int64(98000)), Retransmits: new(int64(3))}
	r.Health = &report.Health{}
	return r
}

// sampleOpen is a run with a schedule, a doubt and conditions.
func sampleOpen() *report.Result {
	r := sampleResult(3, "line", 40, 20000)
	rng := rand.New(rand.NewPCG(9, 9))
	r.Config.Title, r.Config.Schedule, r.Config.MessagesPerS = "Open loop, 20 k/s", "poisson:20000", 20000
	r.Latency.Service = sampleLatency(rng, 120e3, *r.Totals.Messages).Response
	r.Totals.Unsent = new(int64(0))
	r.Health = &report.Health{GeneratorLimited: true, Reasons: []string{"the schedule was kept late: p99 of the lag 3.1 ms is half of the response p99"},
		ScheduleLag: sampleLatency(rng, 9e3, *r.Totals.Messages).Response}
	r.Thresholds = []report.Threshold{{Expr: "p99<1ms", Value: new(1.09e6)}, {Expr: "errors==0", Value: new(0.0), OK: true}}
	return r
}

// sampleMerged is a run of which one instance of three is missing and another is of a host whose clock is ahead.
func sampleMerged() *report.Result {
	r := sampleResult(6, "u32", 20, 90e3)
	n := *r.Totals.Messages
	r.Health = &report.Health{GeneratorLimited: true, Reasons: []string{"only 66.67 % of the run is covered: totals and rates are those of 1/3, 3/3"}}
	r.Merged = &report.Merged{Run: "nightly", Segments: 3, Covered: 2.0 / 3, Missing: []string{"2/3"}, TogetherS: 4.97, Plan: &report.Arrivals{Messages: n, Sum: "00000000deadbeef"},
		Server: &report.ServerView{Sessions: 20, BytesIn: n * 68, BytesOut: n * 68, PayloadIn: n * 64, PayloadOut: n * 64, FramesIn: n, FramesOut: n},
		Instances: []report.Member{
			{ID: "nightly.1of3", Segment: "1/3", Host: "host-1", Start: sampleStart, DurationS: 5, Messages: new(n / 2), PayloadBytes: n / 2 * 64, P99Ns: new(int64(410e3)), LateNs: new(int64(12e3)), ClockNs: new(int64(0)), ClockErrorNs: new(int64(90e3))},
			{ID: "nightly.3of3", Segment: "3/3", Host: "host-3", Start: sampleStart, DurationS: 4.99, Messages: new(n - n/2), PayloadBytes: (n - n/2) * 64, P99Ns: new(int64(470e3)), LateNs: new(int64(31e3)), ClockNs: new(int64(-3.2e6)), ClockErrorNs: new(int64(110e3)), DriftNs: new(int64(4e3))},
		}}
	return r
}

// sampleRepeat is six runs of one configuration together.
func sampleRepeat(seed uint64, framing string, perS float64) *report.Result {
	var runs []*report.Result
	for i := range uint64(6) {
		runs = append(runs, sampleResult(seed+i, framing, 8, perS))
	}
	r, err := report.Combine(runs)
	if err != nil {
		panic(err)
	}
	r.Schema = report.Schema
	r.Latency = sampleLatency(rand.New(rand.NewPCG(seed, 2)), 180e3, *r.Totals.Messages)
	return r
}

var sampleContenders = []struct {
	report.Contender
	speed, overhead float64 // of the base; bytes a message
	silent          float64
}{
	{report.Contender{Name: "null", Framing: "raw", Floor: "framing"}, 1.08, 0, 1},
	{report.Contender{Name: "bare-echo", Framing: "raw", Floor: "loop"}, 1.21, 0, 1},
	{report.Contender{Name: "u32", Framing: "u32"}, 1, 4, 0.93},
	{report.Contender{Name: "uvarint", Framing: "uvarint"}, 0.995, 1, 0.94},
	{report.Contender{Name: "line", Framing: "line"}, 0.93, 1, 0.99},
	{report.Contender{Name: "netstring", Framing: "netstring"}, 0.95, 4, 0.81},
	{report.Contender{Name: "cobs", Framing: "cobs"}, 0.82, 2, 0.96},
	{report.Contender{Name: "slip", Framing: "slip"}, 0.78, 2.4, 0.98},
	{report.Contender{Name: "hdlc", Framing: "hdlc"}, 0.55, 5, 0.00002},
	{report.Contender{Name: "u32+crc32c", Framing: "u32+crc32c"}, 0.97, 8, 0},
}

// sampleComparison has every part that a comparison may have.
func sampleComparison() *report.Comparison {
	rng := rand.New(rand.NewPCG(7, 7))
	c := &report.Comparison{Schema: report.ComparisonSchema, Tool: sampleTool, Command: []string{"loadframe", "compare", "-J"}, Host: sampleHost, Start: sampleStart, DurationS: 171,
		Experiment: report.Experiment{Seed: 1, Rounds: 7, TrialS: 0.2, OmitS: 0.05, Trials: 2000, Factors: []string{"size", "segments", "payload"}}}
	base := report.Point{Name: "base", Workload: "echo", Sizes: "64", Payload: "random", Segments: "whole", Batch: 16, Depth: 32, Connections: 4}
	c.Points = []report.Point{base}
	vary := func(factor, value string, set func(*report.Point)) {
		p := base
		p.Name, p.Factor, p.Value = factor+"="+value, factor, value
		set(&p)
		c.Points = append(c.Points, p)
	}
	for _, v := range []string{"1", "16", "256", "1024", "4096", "65536"} {
		vary("size", v, func(p *report.Point) { p.Sizes = v })
	}
	for _, v := range []string{"1", "7", "536", "1448", "random", "head"} {
		vary("segments", v, func(p *report.Point) { p.Segments = v })
	}
	for _, v := range []string{"text", "worst"} {
		vary("payload", v, func(p *report.Point) { p.Payload = v })
	}
	vary("scenario", "telemetry", func(p *report.Point) { p.Sizes, p.Connections = "lognormal:90,0.8", 200 })
	estimate := func(mid, spread float64) *report.Estimate {
		var samples []float64
		for range 7 {
			samples = append(samples, mid*(1+spread*(rng.Float64()-0.5)))
		}
		return &report.Estimate{Spread: report.SpreadOf(samples), Samples: samples}
	}
	for _, of := range sampleContenders {
		c.Contenders = append(c.Contenders, of.Contender)
	}
	for i, p := range c.Points {
		for _, of := range sampleContenders {
			cell := report.Cell{Point: p.Name, Contender: of.Name}
			if p.Payload == "random" && of.Name == "line" && p.Factor == "payload" || p.Value == "head" && (of.Name == "line" || of.Floor != "") {
				cell.Refused = "cannot carry this payload: a byte 0x0a would end the frame early"
				c.Cells = append(c.Cells, cell)
				continue
			}
			size := map[string]float64{"1": 1, "16": 16, "64": 64, "256": 256, "1024": 1024, "4096": 4096, "65536": 65536}[p.Sizes]
			if size == 0 {
				size = 120
			}
			rate := 1.4e6 * of.speed / (1 + size/3000)
			if p.Factor == "segments" {
				rate *= map[string]float64{"1": 0.02, "7": 0.09, "536": 0.7, "1448": 0.9, "random": 0.6, "head": 0.4}[p.Value]
			}
			cell.Estimates = map[string]*report.Estimate{"messages_per_s": estimate(rate, 0.06), "goodput_bytes_per_s": estimate(rate*size, 0.06),
				"cpu_ns_per_message": estimate(1.3e9/rate, 0.04), "wire_per_payload": {Spread: report.SpreadOf([]float64{1 + of.overhead/size}), Samples: []float64{1 + of.overhead/size}},
				"syscalls_per_message": estimate(0.13, 0.1), "allocs_per_message": estimate(0.02, 0.1)}
			cell.Latency = sampleLatency(rng, 9e7/rate*1000, 400000)
			cell.Curve, cell.Latency.Response.Curve = cell.Latency.Response.Curve, nil
			if i == 0 {
				for round := range 7 {
					for k := range 4 {
						m := int64(rate / 20 * (0.9 + 0.2*rng.Float64()))
						at := float64(round)*0.2 + float64(k)*0.05
						cell.Intervals = append(cell.Intervals, report.Interval{StartS: at, EndS: at + 0.05, Messages: &m, PayloadBytes: m * int64(size)}.WithRates())
					}
				}
			}
			c.Cells = append(c.Cells, cell)
		}
	}
	for _, of := range sampleContenders {
		for _, size := range []int64{1, 16, 64, 256, 1024, 4096, 65536} {
			for _, payload := range []string{"random", "worst"} {
				k := of.overhead
				if payload == "worst" && (of.Name == "slip" || of.Name == "hdlc") {
					k += float64(size)
				}
				o := report.Overhead{Contender: of.Name, Size: size, Payload: payload, Mean: 1 + k/float64(size), Worst: 1 + k/float64(size), Bound: 1 + 2*k/float64(size), Exact: "=" + ratio(1+k/float64(size))}
				if of.Name == "line" && payload == "random" {
					o = report.Overhead{Contender: of.Name, Size: size, Payload: payload, Refused: "cannot carry this payload: it holds the delimiter"}
				}
				c.Overheads = append(c.Overheads, o)
			}
		}
		if of.Floor != "" {
			continue
		}
		c.Costs = append(c.Costs, report.CodecCost{Contender: of.Name, Sizes: "64", Payload: "random", Segments: "whole", Encode: estimate(6/of.speed/of.speed, 0.03),
			Decode: estimate(9/of.speed/of.speed/of.speed, 0.03), EncodeAllocs: new(0.0), DecodeAllocs: new(0.0), Scanned: new(1.0), Copied: new(0.02)})
		for _, kind := range []string{"flip", "drop", "insert", "truncate", "duplicate"} {
			for _, place := range []string{"head", "payload", "delimiter"} {
				d := report.Damage{Contender: of.Name, Kind: kind, Place: place, Trials: 2000}
				if place == "delimiter" && of.Framing[0] == 'u' {
					d.Refused = "u32 has no delimiter"
					c.Damages = append(c.Damages, d)
					continue
				}
				s := of.silent * (0.8 + 0.2*rng.Float64())
				share := func(p float64) *report.Probability {
					half := 1.96 * math.Sqrt(p*(1-p)/2000)
					return &report.Probability{P: p, Low: max(0, p-half), High: min(1, p+half+0.0019)}
				}
				d.Silent, d.Detected, d.NeverResynced = share(s), share(1-s), share(0.1*s)
				d.Lost = &report.Mean{Mean: 1 + 3*rng.Float64(), Low: 1, High: 4.1, Count: 2000}
				d.Distance = &report.Mean{Mean: 40, Low: 38, High: 42, Count: 1200}
				d.ResyncBytes = &report.Mean{Mean: 96.5, Low: 90, High: 103, Count: 1800}
				d.ResyncFrames = &report.Mean{Mean: 1.5, Low: 1.4, High: 1.6, Count: 1800}
				c.Damages = append(c.Damages, d)
			}
		}
	}
	c.Verdicts = []report.Conclusion{
		{Question: "Most messages a second, 64 B, depth 32", Metric: "messages_per_s", Point: "base", Best: []string{"u32", "uvarint"},
			Text:   "u32 and uvarint tie at 1.37 M/s (1.35 to 1.40 M/s); u32+crc32c is 3 % behind.",
			Behind: []report.Gap{{Contender: "u32+crc32c", Ratio: 1.031, Low: 1.012, High: 1.049, P: 0.016}, {Contender: "netstring", Ratio: 1.05, Low: 1.03, High: 1.08, P: 0.016}, {Contender: "hdlc", Ratio: 1.82, Low: 1.77, High: 1.85, P: 0.016}}},
		{Question: "Least wire bytes, 64 B", Metric: "wire_per_payload", Best: []string{"uvarint", "line"}, Text: "uvarint and line, with 1 byte a message.", Behind: []report.Gap{{Contender: "cobs", Ratio: 1.015, Low: 1.015, High: 1.015}}},
		{Question: "No damage goes by unnoticed", Metric: "silent", Best: []string{"u32+crc32c"}, Text: "u32+crc32c: 0 of 20,000 (at most 0.02 %); without a checksum up to 99 % go by."},
	}
	c.Health = &report.Health{Reasons: []string{"steal time of 1.2 % in round 4"}}
	return c
}

// sampleCapacity is a search for two goals that ended as it should, and one that the generator ended.
func sampleCapacity() *report.Capacity {
	rng := rand.New(rand.NewPCG(5, 5))
	c := &report.Capacity{Schema: report.CapacitySchema, Tool: sampleTool, Command: []string{"loadframe", "capacity", "echo", "10.0.0.7:8120", "--slo", "p99<2ms,errors<0.1%"}, Host: sampleHost,
		Start: sampleStart, DurationS: 58, Workload: "echo", Framing: "u32", Transport: "tcp", Config: report.Config{Addr: "10.0.0.7:8120", Workload: "echo", Framing: "u32", Connections: 50, Size: 64}}
	for _, k := range []float64{8, 16, 32, 64, 128, 96, 80, 72, 76, 74, 74, 76} {
		rate := k * 1000
		wait := 1 / max(1-k/100, 0.01)
		trial := report.Trial{RateMessagesPerS: rate, MessagesPerS: min(rate, 97000), StartS: c.DurationS, DurationS: 1, Latency: sampleLatency(rng, 60e3*wait, int64(rate)),
			Conditions: []report.Threshold{{Expr: "p99<2ms", Value: new(60e3 * wait * 6), OK: 60e3*wait*6 < 2e6}}}
		if k > 97 {
			trial.Unsent, trial.Verdicts = int64(rate-97000), []string{"generator", "generator"}
			trial.Health = &report.Health{GeneratorLimited: true, Reasons: []string{"p99 of the schedule lag is 188 ms, over 1.00 ms: messages went late through this machine's fault",
				"65,656 messages were due and not sent when the time was over: no latency tells of them",
				"this process used 97 % of its 2 cores, over 90 %: the peer may do more than this shows"}}
		}
		trial.Latency.Response.Curve = nil
		c.Trials = append(c.Trials, trial)
	}
	c.Trials[10].Full, c.Trials[10].DurationS, c.Trials[11].Full, c.Trials[11].DurationS = true, 5, true, 5
	c.Goals = []report.Goal{
		{Expr: "p99<2ms,errors<0.1%", Low: new(74000.0), High: new(76000.0), Knee: new(64000.0), Text: "At least 74,000 messages/s, and less than 76,000."},
		{Expr: "p50<10ms", Low: new(96000.0), Limit: "generator", Text: "At least 96,000 messages/s; more this machine cannot ask for."},
	}
	return c
}
