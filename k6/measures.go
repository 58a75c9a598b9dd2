package k6

import (
	"errors"
	"time"

	"go.k6.io/k6/v2/metrics"

	"github.com/loadframe/loadframe/client"
)

// measures are the metrics that k6 is told once a burst. docs/k6.md says what
// each is.
type measures struct {
	messages, goodput, wire, errors, verifyErrors *metrics.Metric // counters
	failed                                        *metrics.Metric // rate
	p50, p99, max, took                           *metrics.Metric // trends
	conns                                         *metrics.Metric // gauge
}

func newMeasures(r *metrics.Registry) (*measures, error) {
	m := &measures{}
	var wrong []error
	for _, n := range []struct {
		to   **metrics.Metric
		name string
		kind metrics.MetricType
		of   metrics.ValueType
	}{
		{&m.messages, "loadframe_messages", metrics.Counter, metrics.Default},
		{&m.goodput, "loadframe_goodput_bytes", metrics.Counter, metrics.Data},
		{&m.wire, "loadframe_wire_bytes", metrics.Counter, metrics.Data},
		{&m.errors, "loadframe_errors", metrics.Counter, metrics.Default},
		{&m.verifyErrors, "loadframe_verify_errors", metrics.Counter, metrics.Default},
		{&m.failed, "loadframe_bursts_failed", metrics.Rate, metrics.Default},
		{&m.p50, "loadframe_p50_ms", metrics.Trend, metrics.Time},
		{&m.p99, "loadframe_p99_ms", metrics.Trend, metrics.Time},
		{&m.max, "loadframe_max_ms", metrics.Trend, metrics.Time},
		{&m.took, "loadframe_burst_ms", metrics.Trend, metrics.Time},
		{&m.conns, "loadframe_connections", metrics.Gauge, metrics.Default},
	} {
		var err error
		*n.to, err = r.NewMetric(n.name, n.kind, n.of)
		wrong = append(wrong, err)
	}
	return m, errors.Join(wrong...)
}

// samples returns what a burst was. Counters of 0 are told too: a threshold on
// one that never was told is on nothing.
func (m *measures) samples(b *burstResult, conns int64, tags metrics.TagsAndMeta) metrics.ConnectedSamples {
	out := metrics.ConnectedSamples{Tags: tags.Tags, Time: b.end}
	add := func(metric *metrics.Metric, v float64) {
		out.Samples = append(out.Samples, metrics.Sample{
			TimeSeries: metrics.TimeSeries{Metric: metric, Tags: tags.Tags}, Time: b.end, Value: v, Metadata: tags.Metadata,
		})
	}
	add(m.messages, float64(b.Messages))
	add(m.goodput, float64(b.Payload))
	add(m.wire, float64(b.Wire))
	add(m.errors, float64(b.errors()))
	add(m.verifyErrors, float64(b.VerifyErrors))
	add(m.failed, metrics.B(b.err != nil))
	add(m.conns, float64(conns))
	if b.Took > 0 {
		add(m.took, metrics.D(b.Took))
	}
	if q := b.latency; q != nil {
		add(m.p50, milliseconds(q[0]))
		add(m.p99, milliseconds(q[1]))
		add(m.max, milliseconds(q[2]))
	}
	return out
}

// errors returns how many connections failed: one at least if the burst did.
func (b *burstResult) errors() int {
	if b.err != nil {
		return max(b.Failed, 1)
	}
	return b.Failed
}

func milliseconds(ns int64) float64 { return float64(ns) / float64(time.Millisecond) }

// tagged adds what distinguishes bursts to a VU's tags.
func tagged(tags metrics.TagsAndMeta, c *client.Config, name string) metrics.TagsAndMeta {
	tags.SetTag("workload", c.Workload)
	tags.SetTag("framing", c.Framing)
	if name != "" {
		tags.SetTag("client", name)
	}
	return tags
}
