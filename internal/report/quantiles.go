package report

import (
	"math"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Quantiles summarizes one histogram of nanoseconds. Percentiles above what Count can resolve repeat the maximum.
type Quantiles struct {
	Count int64 `json:"count"` // values
	Min   int64 `json:"min"`   // lower edge of its bucket
	Mean  int64 `json:"mean"`  // of the buckets
	P50   int64 `json:"p50"`   // median
	P90   int64 `json:"p90"`   // nine of ten were faster
	P99   int64 `json:"p99"`   // 99 of 100 were faster
	P999  int64 `json:"p999"`  // 999 of 1,000 were faster
	P9999 int64 `json:"p9999"` // 9,999 of 10,000 were faster
	Max   int64 `json:"max"`   // upper edge of its bucket

	Curve []CurvePoint `json:"curve,omitempty"` // of whole runs: the percentiles from 0 to 100, as they are drawn
}

// Summarize returns the quantiles of h, or nil when h is nil or empty: without a sample there is no latency, not one of zero.
// It only reads h; nobody may write to it meanwhile.
func Summarize(h *hdrhistogram.Histogram) *Quantiles {
	if h == nil || h.TotalCount() == 0 {
		return nil
	}
	p := []float64{50, 90, 99, 99.9, 99.99}
	at := h.ValueAtPercentiles(p)
	// Max is the upper edge of its bucket, as the percentiles are: p9999 never exceeds it. Min is the lower edge.
	return &Quantiles{
		Count: h.TotalCount(),
		Min:   h.Min(),
		Mean:  int64(math.Round(h.Mean())),
		P50:   at[50],
		P90:   at[90],
		P99:   at[99],
		P999:  at[99.9],
		P9999: at[99.99],
		Max:   h.Max(),
	}
}
