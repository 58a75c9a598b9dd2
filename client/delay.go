package client

import (
	"math"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Delays are one-way delays: times of arrival by one clock less times of
// sending by another. They contain the difference of the two clocks, and can be
// negative. The zero value is ready; one goroutine at a time may use it.
type Delays struct {
	n        int64
	min, max int64
	sum      float64
	above    *hdrhistogram.Histogram // 0 and more
	below    *hdrhistogram.Histogram // the negative ones, as magnitudes
}

// DelaySummary are the figures of Delays, all in ns. Those of a histogram have
// three digits; Min, Max and Mean are exact.
type DelaySummary struct {
	Count                               int64
	Min, Mean, P50, P90, P99, P999, Max int64
}

// Record adds a delay. Beyond an hour either way it counts as an hour in the
// percentiles.
func (d *Delays) Record(delay time.Duration) {
	ns := int64(delay)
	if d.n == 0 {
		d.min, d.max = ns, ns
		d.above = hdrhistogram.New(1, latencyMax, latencyDigits)
	}
	d.n++
	d.min, d.max = min(d.min, ns), max(d.max, ns)
	d.sum += float64(ns)
	if ns >= 0 {
		_ = d.above.RecordValue(min(ns, latencyMax))
		return
	}
	if d.below == nil {
		d.below = hdrhistogram.New(1, latencyMax, latencyDigits)
	}
	_ = d.below.RecordValue(min(-max(ns, -latencyMax), latencyMax))
}

// Summary returns the figures; all 0 without a delay.
func (d *Delays) Summary() DelaySummary {
	if d.n == 0 {
		return DelaySummary{}
	}
	return DelaySummary{
		Count: d.n, Min: d.min, Mean: int64(math.Round(d.sum / float64(d.n))), Max: d.max,
		P50: d.quantile(50), P90: d.quantile(90), P99: d.quantile(99), P999: d.quantile(99.9),
	}
}

// quantile returns the least delay that so many percent do not exceed. The
// negative ones come first, the farthest from 0 before the others.
func (d *Delays) quantile(percent float64) int64 {
	rank := max(int64(math.Ceil(percent/100*float64(d.n))), 1)
	var negative int64
	if d.below != nil {
		negative = d.below.TotalCount()
	}
	v := int64(0)
	if rank <= negative {
		v = -d.below.ValueAtQuantile(100 * float64(negative-rank+1) / float64(negative))
	} else {
		v = d.above.ValueAtQuantile(100 * float64(rank-negative) / float64(d.above.TotalCount()))
	}
	return min(max(v, d.min), d.max) // a bucket may reach beyond what came
}
