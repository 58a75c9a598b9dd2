package page

import (
	"fmt"
	"strconv"
	"time"

	"github.com/loadframe/loadframe/internal/units"
)

// The axes that charts share.
var (
	secondsAxis = axis{label: "seconds since the start", tight: true, format: func(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) }}
	countPerS   = axis{format: func(v float64) string { return units.FormatCount(units.Whole(v)) + "/s" }}
	goodput     = axis{format: func(v float64) string { s, _ := units.FormatGoodput(v); return s }}
)

func latencyAxis(label string) axis { return axis{label: label, format: duration} }

func duration(ns float64) string { return units.FormatDuration(time.Duration(units.Whole(ns))) }

func digits(n int64) string { return units.FormatDigits(n) }

// sizeAxis is of payload sizes: powers of two have names that people know.
func sizeAxis(sizes []float64) axis {
	a := axis{label: "payload bytes of a message", log: true, format: func(v float64) string { return units.FormatBytes(units.Whole(v)) }}
	seen := map[float64]bool{}
	for _, v := range sizes {
		if !seen[v] && v > 0 {
			seen[v] = true
			a.ticks = append(a.ticks, tick{v, a.format(v)})
		}
	}
	if len(a.ticks) > 9 { // more names than have room
		a.ticks = nil
	}
	return a
}

// ratioPercent tells a share of 0 to 1.
func ratioPercent(v float64) string {
	switch p := v * 100; {
	case p == 0 || p == 100:
		return fmt.Sprintf("%.0f %%", p)
	case p < 0.01 && p > 0:
		return "<0.01 %"
	case p > 99.99 && p < 100:
		return ">99.99 %"
	default:
		return strconv.FormatFloat(p, 'f', 2, 64) + " %"
	}
}

// wide tells whether a linear axis would hide the small ones of values.
func wide(values []float64) bool {
	low, high := 0.0, 0.0
	for _, v := range values {
		if v > 0 && (low == 0 || v < low) {
			low = v
		}
		high = max(high, v)
	}
	return low > 0 && high/low > logRatio
}

func countOf(n int) string { return strconv.Itoa(n) }
