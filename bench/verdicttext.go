package bench

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/loadframe/loadframe/internal/report"
	"github.com/loadframe/loadframe/internal/units"
)

// formatFigure writes a value for people, with its unit.
func formatFigure(unit string, v float64) string {
	switch unit {
	case "msg/s":
		return units.FormatDigits(int64(math.Round(v))) + " msg/s"
	case "B/s":
		bytes, _ := units.FormatGoodput(v)
		return bytes
	case "ns":
		if v < 1000 {
			return strconv.FormatFloat(v, 'g', 3, 64) + " ns"
		}
		return units.FormatDuration(time.Duration(v))
	}
	return strconv.FormatFloat(v, 'g', 3, 64) + " " + unit
}

// formatInterval writes a median and its interval.
func formatInterval(unit string, s report.Spread) string {
	return fmt.Sprintf("%s (%s to %s)", formatFigure(unit, s.Median), formatFigure(unit, s.Low), formatFigure(unit, s.High))
}

// formatGap writes how far from the best a contender is, in parts of the best: "is 8.1 % below (5.2 to 11.0)" of what should be high,
// "is 8.1 % above" of what should be low, and from a factor of two on that. A ratio of 1.25 is 20 % below.
func formatGap(g report.Gap, higher bool) string {
	if g.Ratio >= 2 {
		return fmt.Sprintf("is %.3g times worse (%.3g to %.3g)", g.Ratio, g.Low, g.High)
	}
	where, part := "above", func(ratio float64) float64 { return ratio - 1 }
	if higher {
		where, part = "below", func(ratio float64) float64 { return 1 - 1/ratio }
	}
	percent := func(ratio float64) string { return strconv.FormatFloat(part(ratio)*100, 'f', 1, 64) }
	return fmt.Sprintf("is %s %% %s (%s to %s)", percent(g.Ratio), where, percent(g.Low), percent(g.High))
}
