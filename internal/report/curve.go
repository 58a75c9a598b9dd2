package report

import (
	"math"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// curveSteps are the points of a curve between two powers of ten, as parts of what is above them: 90 %, 93, 95, 97, 98, 98.5, 99 %.
// They lie about evenly on the axis that such a curve is drawn on, which gives every further nine the same room.
var curveSteps = []float64{1, 0.7, 0.5, 0.3, 0.2, 0.15}

// Curve returns the percentile curve of h, from the least value at 0 to the greatest at 100: six points for each nine that its count can
// resolve, some 40 for a million values. Nil: h is nil or empty. It only reads h; nobody may write to it meanwhile.
func Curve(h *hdrhistogram.Histogram) []CurvePoint {
	if h == nil || h.TotalCount() == 0 {
		return nil
	}
	curve := []CurvePoint{{0, h.Min()}}
	n := float64(h.TotalCount())
	for tail := 100.0; tail*n >= 100; tail /= 10 {
		for _, step := range curveSteps {
			above := tail * step
			if above == 100 || above*n < 100 {
				continue // the least has its point, and less than one value is none
			}
			p := math.Round((100-above)*1e9) / 1e9 // 99.3 and not 99.29999999999999
			curve = append(curve, CurvePoint{p, h.ValueAtPercentile(p)})
		}
	}
	return append(curve, CurvePoint{100, h.Max()})
}
