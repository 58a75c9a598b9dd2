package report

import (
	"slices"
	"strings"
)

// Better says in which direction a metric improves.
type Better string

// The directions, as Go's benchmark format writes them. The empty one: neither.
const (
	Higher Better = "higher"
	Lower  Better = "lower"
)

// unit is what the value of a metric is counted in, and so which literals a threshold on it takes.
type unit int

const (
	nanoseconds unit = iota
	bytesPerS
	perS
	count
	ratio // 0 to 1
	seconds
	scalar
)

// Metric is one figure of a result that can be asked for by name: in thresholds, in the columns of a table, in benchmark text.
type Metric struct {
	Name   string // as in --threshold and as a CSV column
	Unit   string // of the value, as in the benchmark text: "ns", "B/s", "msg/s"
	Better Better
	unit   unit
	of     func(*Result) *float64
}

// Of returns the metric's value in r, nil if r did not measure it.
func (m Metric) Of(r *Result) *float64 {
	v := m.of(r)
	if v == nil {
		return nil
	}
	return new(*v) // the caller's own
}

// Metrics returns all metrics in the order of the documentation. The slice is the caller's.
func Metrics() []Metric { return slices.Clone(metrics) }

// metricNamed returns the metric of that name and whether there is one. Latency names may be written with a dot (p99.9) and
// mean response latency without a view.
func metricNamed(name string) (Metric, bool) {
	name = strings.ReplaceAll(name, "99.9", "999")
	for _, m := range metrics {
		if m.Name == name {
			return m, true
		}
	}
	return Metric{}, false
}

// metrics is every figure with a name. What is asked of the p99 of a run is asked of its response latency: no stall can hide from it.
var metrics = slices.Concat(
	[]Metric{
		{"goodput", "B/s", Higher, bytesPerS, func(r *Result) *float64 { return rate(r, &r.Rates.GoodputBytesPerS) }},
		{"messages", "msg/s", Higher, perS, func(r *Result) *float64 { return rate(r, r.Rates.MessagesPerS) }},
		{"wire", "wireB/s", Higher, bytesPerS, func(r *Result) *float64 { return rate(r, r.Rates.WireBytesPerS) }},
		{"overhead", "wireB/B", Lower, ratio, overheadRatio},
	},
	latencies("", func(l *Latency) *Quantiles { return l.Main() }),
	latencies("service.", func(l *Latency) *Quantiles { return l.service() }),
	[]Metric{
		{"errors", "errors", Lower, count, func(r *Result) *float64 { return new(float64(r.Totals.Errors)) }},
		{"verify_errors", "verify-errors", Lower, count, func(r *Result) *float64 { return float(r.Totals.VerifyErrors) }},
		{"lost", "lost", Lower, count, func(r *Result) *float64 { return float(r.Totals.Lost) }},
		{"reordered", "reordered", Lower, count, func(r *Result) *float64 { return float(r.Totals.Reordered) }},
		{"duplicated", "duplicated", Lower, count, func(r *Result) *float64 { return float(r.Totals.Duplicated) }},
		{"jitter", "jitter-ns", Lower, nanoseconds, jitter},
		{"cpu", "CPU-s", Lower, seconds, cpuSeconds},
		{"cpu_per_gb", "CPU-s/GB", Lower, seconds, func(r *Result) *float64 { return per(cpuSeconds(r), float64(r.Totals.PayloadBytes)/1e9) }},
		{"cpu_per_message", "CPU-ns/msg", Lower, nanoseconds, cpuPerMessage},
		{"lag", "lag-p99-ns", Lower, nanoseconds, scheduleLag},
		{"rtt", "rtt-ns", Lower, nanoseconds, func(r *Result) *float64 { return tcpInfo(r, func(i *TCPInfo) *int64 { return i.RTTNs }) }},
		{"retransmits", "retransmits", Lower, count, func(r *Result) *float64 { return tcpInfo(r, func(i *TCPInfo) *int64 { return i.Retransmits }) }},
		{"bytes_per_connection", "B/conn", Lower, scalar, func(r *Result) *float64 {
			if r.Idle == nil {
				return nil
			}
			return new(float64(r.Idle.BytesPerConnection))
		}},
		{"up.goodput", "up-B/s", Higher, bytesPerS, up(func(d *Direction) *float64 { return &d.GoodputBytesPerS })},
		{"up.lost", "up-lost", Lower, count, up(func(d *Direction) *float64 { return float(d.Lost) })},
		{"up.jitter", "up-jitter-ns", Lower, nanoseconds, up(func(d *Direction) *float64 { return d.Path.jitter() })},
		{"down.goodput", "down-B/s", Higher, bytesPerS, down(func(d *Direction) *float64 { return &d.GoodputBytesPerS })},
		{"down.lost", "down-lost", Lower, count, down(func(d *Direction) *float64 { return float(d.Lost) })},
		{"down.jitter", "down-jitter-ns", Lower, nanoseconds, down(func(d *Direction) *float64 { return d.Path.jitter() })},
	})

// latencies are the metrics of one view; prefix names it.
func latencies(prefix string, view func(*Latency) *Quantiles) []Metric {
	var ms []Metric
	for _, q := range []struct {
		name string
		of   func(*Quantiles) int64
	}{
		{"p50", func(q *Quantiles) int64 { return q.P50 }}, {"p90", func(q *Quantiles) int64 { return q.P90 }},
		{"p99", func(q *Quantiles) int64 { return q.P99 }}, {"p999", func(q *Quantiles) int64 { return q.P999 }},
		{"p9999", func(q *Quantiles) int64 { return q.P9999 }}, {"min", func(q *Quantiles) int64 { return q.Min }},
		{"mean", func(q *Quantiles) int64 { return q.Mean }}, {"max", func(q *Quantiles) int64 { return q.Max }},
	} {
		unit := strings.ReplaceAll(prefix, ".", "-") + q.name + "-ns"
		ms = append(ms, Metric{prefix + q.name, unit, Lower, nanoseconds, func(r *Result) *float64 {
			if v := view(r.Latency); v != nil {
				return new(float64(q.of(v)))
			}
			return nil
		}})
	}
	return ms
}

// rate is a rate of a run that took time; one that did not measured none.
func rate(r *Result, v *float64) *float64 {
	if r.DurationS <= 0 {
		return nil
	}
	return v
}

func float(n *int64) *float64 {
	if n == nil {
		return nil
	}
	return new(float64(*n))
}

// per divides, where there is something to divide and something to divide by.
func per(v *float64, by float64) *float64 {
	if v == nil || by <= 0 {
		return nil
	}
	return new(*v / by)
}

func overheadRatio(r *Result) *float64 {
	return per(float(r.Totals.WireBytes), float64(r.Totals.PayloadBytes))
}

func cpuSeconds(r *Result) *float64 {
	if s, ok := r.ownCost().CPU(); ok {
		return &s
	}
	return nil
}

func cpuPerMessage(r *Result) *float64 {
	if r.Totals.Messages == nil {
		return nil
	}
	v := per(cpuSeconds(r), float64(*r.Totals.Messages))
	if v != nil {
		*v *= 1e9
	}
	return v
}

// up and down are of one way of a duplex run that took time.
func up(of func(*Direction) *float64) func(*Result) *float64 {
	return oneWay(of, func(d *Directions) *Direction { return &d.Up })
}

func down(of func(*Direction) *float64) func(*Result) *float64 {
	return oneWay(of, func(d *Directions) *Direction { return &d.Down })
}

func oneWay(of func(*Direction) *float64, way func(*Directions) *Direction) func(*Result) *float64 {
	return func(r *Result) *float64 {
		if r.Directions == nil || r.DurationS <= 0 {
			return nil
		}
		return of(way(r.Directions))
	}
}

// sent is what a count of one way is a share of; nil of one of the whole run.
func (m Metric) sent(r *Result) *int64 {
	switch d := r.Directions; {
	case d != nil && m.Name == "up.lost":
		return d.Up.Sent
	case d != nil && m.Name == "down.lost":
		return d.Down.Sent
	}
	return nil
}

func (p *Path) jitter() *float64 {
	if p == nil {
		return nil
	}
	return new(float64(p.JitterNs))
}

// jitter is that of a path without answers, or of a stream.
func jitter(r *Result) *float64 {
	switch {
	case r.Path != nil:
		return new(float64(r.Path.JitterNs))
	case r.Stream != nil:
		return new(float64(r.Stream.JitterNs))
	}
	return nil
}

func scheduleLag(r *Result) *float64 {
	if r.Health == nil || r.Health.ScheduleLag == nil {
		return nil
	}
	return new(float64(r.Health.ScheduleLag.P99))
}

func tcpInfo(r *Result, of func(*TCPInfo) *int64) *float64 {
	if r.TCPInfo == nil {
		return nil
	}
	return float(of(r.TCPInfo))
}

// service returns the service view. In a closed loop it is the response view, which alone is kept.
func (l *Latency) service() *Quantiles {
	switch {
	case l == nil:
		return nil
	case l.Service != nil:
		return l.Service
	}
	return l.Response
}
