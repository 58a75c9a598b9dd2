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
	at := h.ValueAtPercentilesSlice([]float64{0, 50, 90, 99, 99.9, 99.99, 100}) // much faster than Min and Max
	// Max is the upper edge of its bucket, as the percentiles are: p9999 never exceeds it. Min is the lower edge.
	return &Quantiles{
		Count: h.TotalCount(),
		Min:   at[0],
		Mean:  int64(math.Round(h.Mean())),
		P50:   at[1],
		P90:   at[2],
		P99:   at[3],
		P999:  at[4],
		P9999: at[5],
		Max:   at[6],
	}
}
