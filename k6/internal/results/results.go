// Package results adds up the bursts of all VUs of an instance, and leaves the
// sum where loadframe merge finds it. It knows nothing of k6.
package results

import (
	"cmp"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/internal/report"
)

// Results are what the bursts of one Config have measured so far. Any goroutine
// may use it.
type Results struct {
	config client.Config // as given

	mu         sync.Mutex
	resolved   client.Config // of the first burst
	batch      int
	start, end time.Time // of the first and of the last burst
	bursts     int64
	counts     client.Counts
	upward     client.Counts
	conns      int64
	unsent     int64
	faults     map[string]int64
	errors     int64
	failed     int64 // bursts
	failure    error // of the first of these
	doubtful   int64 // bursts
	doubt      string
	latencies  latencies
	packed     *hdrhistogram.PackedHistogram // see into

	dir *report.ResultDir // nil: nothing is written
	of  report.Instance
}

// latencies are nil until there is one.
type latencies struct {
	response, service, lag, connect, up, down *hdrhistogram.Histogram
}

// New returns Results of no burst.
func New(c client.Config) *Results { return &Results{config: c} }

// Open makes the files that Close fills. It may be called by each VU: the first
// call counts.
func (r *Results) Open(path string, of report.Instance) (err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.dir != nil {
		return nil
	}
	if r.dir, err = report.OpenResultDir(path, of.ID); err != nil {
		return err
	}
	r.of = of
	r.of.Host, _ = os.Hostname()
	r.of.Histograms = r.dir.Histograms()
	return nil
}

// Add takes over what a burst has measured, and err if it failed.
func (r *Results) Add(b *client.Result, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.bursts++
	if err != nil {
		if r.failed++; r.failure == nil {
			r.failure = err
		}
		r.errors += int64(max(b.Failed, 1))
	}
	for class, n := range b.Faults {
		if r.faults == nil {
			r.faults = map[string]int64{}
		}
		r.faults[class] += int64(n)
	}
	if r.resolved.Workload == "" {
		r.resolved, r.batch = b.Config, b.Batch
	}
	if b.Took == 0 {
		return // it did not get so far as to measure
	}
	if r.start.IsZero() || b.Start.Before(r.start) {
		r.start = b.Start
	}
	if end := b.Start.Add(b.Took); end.After(r.end) {
		r.end = end
	}
	plus(&r.counts, b.Counts)
	plus(&r.upward, b.Upward)
	r.conns += b.Connections
	r.unsent += b.Unsent
	if b.Health.GeneratorLimited {
		if r.doubtful++; r.doubt == "" {
			r.doubt = b.Health.Reasons[0]
		}
	}
	l := &r.latencies
	for _, h := range []struct {
		to   **hdrhistogram.Histogram
		from *hdrhistogram.Histogram
	}{{&l.response, b.Response}, {&l.service, b.Service}, {&l.lag, b.Lag}, {&l.connect, b.Connect}, {&l.up, b.Up}, {&l.down, b.Down}} {
		if h.from == nil {
			continue
		}
		if *h.to == nil {
			*h.to = report.NewHistogram()
		}
		r.into(*h.to, h.from)
	}
}

// into adds from to sum, which has the same buckets: as Merge does, but through a
// list of those buckets that count something. Merge works out the limits of all,
// as long as some thousand messages take, while other VUs wait for theirs.
func (r *Results) into(sum, from *hdrhistogram.Histogram) {
	if r.packed == nil {
		r.packed = hdrhistogram.NewPacked(sum.LowestTrackableValue(), sum.HighestTrackableValue(), int(sum.SignificantFigures()))
	}
	r.packed.Reset()
	r.packed.MergeFrom(from)
	r.packed.MergeInto(sum)
}

func plus(sum *client.Counts, c client.Counts) {
	sum.Messages += c.Messages
	sum.Payload += c.Payload
	sum.Wire += c.Wire
	sum.Reads += c.Reads
	sum.Writes += c.Writes
	sum.VerifyErrors += c.VerifyErrors
}

// Close writes result and histograms, if Open has made the files, and says where.
func (r *Results) Close() (path string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.dir == nil {
		return "", nil
	}
	dir := r.dir
	r.dir = nil
	l := &r.latencies
	if err := dir.Log.Add(r.start, r.end, l.response, l.service); err != nil {
		_ = dir.Discard()
		return "", err
	}
	for tag, h := range map[string]*hdrhistogram.Histogram{report.LagTag: l.lag, report.ConnectTag: l.connect, report.UpTag: l.up, report.DownTag: l.down} {
		if err := dir.Log.AddTagged(tag, r.start, r.end, h); err != nil {
			_ = dir.Discard()
			return "", err
		}
	}
	res := r.result()
	return r.of.ID + ".json", dir.Publish(res)
}

// result puts the sums into the form that is reported.
func (r *Results) result() *report.Result {
	c := &r.resolved
	out := &report.Result{
		Tool: report.ThisTool(), Command: os.Args, Config: r.configOf(), Host: report.ThisHost(), Start: r.start, DurationS: r.end.Sub(r.start).Seconds(),
		Workload: c.Workload, Framing: c.Framing, Transport: strings.TrimRight(cmp.Or(c.Network, "tcp"), "46"), Instance: &r.of,
		Totals: report.Totals{Messages: &r.counts.Messages, PayloadBytes: r.counts.Payload, WireBytes: &r.counts.Wire, Errors: r.errors, Connections: r.conns, Faults: r.faults},
		Health: &report.Health{ScheduleLag: report.Summarize(r.latencies.lag)},
		Cost:   &report.Cost{ClientReads: &r.counts.Reads, ClientWrites: &r.counts.Writes},
	}
	if out.Start.IsZero() {
		out.Start = time.Now()
	}
	if c.Verify != client.VerifyNone {
		out.Totals.VerifyErrors = &r.counts.VerifyErrors
	}
	if c.Arrival != "" {
		out.Totals.Unsent = &r.unsent
	}
	out.Rates = out.Totals.Rates(out.DurationS)
	l := &r.latencies
	if q := report.Summarize(l.response); q != nil {
		out.Latency = &report.Latency{Response: q, Service: report.Summarize(l.service), Connect: report.Summarize(l.connect), Up: report.Summarize(l.up), Down: report.Summarize(l.down)}
	}
	if c.Workload == client.Duplex {
		way := func(payload, wire int64) report.Direction {
			return report.Direction{PayloadBytes: payload, WireBytes: wire, GoodputBytesPerS: report.PerSecond(payload, out.DurationS)}
		}
		out.Directions = &report.Directions{Down: way(r.counts.Payload-r.upward.Payload, r.counts.Wire-r.upward.Wire), Up: way(r.upward.Payload, r.upward.Wire)}
	}
	if r.doubtful > 0 {
		out.Health.GeneratorLimited = true
		out.Health.Reasons = []string{fmt.Sprintf("%d of %d bursts doubt themselves; the first: %s", r.doubtful, r.bursts, r.doubt)}
	}
	if r.failed > 0 {
		out.Error = fmt.Sprintf("%d of %d bursts failed; the first: %v", r.failed, r.bursts, r.failure)
	}
	return out
}

// configOf tells what a burst was to do. The seed is that of the first VU.
func (r *Results) configOf() report.Config {
	c := &r.resolved
	out := report.Config{
		Addr: c.Addr, Framing: c.Framing, Handler: c.Handler, Workload: c.Workload, Connections: c.Conns, DurationS: c.Duration.Seconds(),
		Bytes: c.Bytes, Messages: c.Messages, Size: int64(c.Size), Sizes: c.Sizes, Payload: c.Payload, Schedule: c.Arrival, Verify: string(c.Verify),
		Seed: r.config.Seed, Plain: c.Plain, Batch: r.batch, TimeoutS: c.Timeout.Seconds(),
	}
	if report.ShapeOf(c.Workload) == report.RequestReply {
		out.Depth = c.Depth
	}
	if c.Network != "unix" {
		out.NoDelay = new(true)
	}
	if s, err := client.ParseSchedule(c.Arrival); err == nil {
		out.MessagesPerS = s.Rate()
	}
	return out
}
