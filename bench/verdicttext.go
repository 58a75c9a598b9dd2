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

// formatGap writes how far behind a contender is: "is 8.1 % behind (5.2 to 11 %)", and above a factor of two that.
func formatGap(g report.Gap) string {
	if g.Ratio >= 2 {
		return fmt.Sprintf("is %.3g times worse (%.3g to %.3g)", g.Ratio, g.Low, g.High)
	}
	percent := func(ratio float64) string { return strconv.FormatFloat((ratio-1)*100, 'f', 1, 64) }
	return fmt.Sprintf("is %s %% behind (%s to %s)", percent(g.Ratio), percent(g.Low), percent(g.High))
}
