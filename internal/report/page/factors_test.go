package page

import (
	"testing"

	"github.com/loadframe/loadframe/internal/report"
)

// No line is drawn through a place where a framing has nothing.
func TestFactorLinesBreak(t *testing.T) {
	of := func(v float64) map[string]*report.Estimate {
		return map[string]*report.Estimate{"messages_per_s": {Spread: report.Spread{Median: v, Low: v, High: v}, Samples: []float64{v}}}
	}
	c := &comparison{Comparison: &report.Comparison{Contenders: []report.Contender{{Name: "whole"}, {Name: "broken"}}}, cell: map[[2]string]*report.Cell{}}
	points := []*report.Point{{Name: "base"}, {Name: "f=1", Value: "1"}, {Name: "f=2", Value: "2"}, {Name: "f=3", Value: "3"}}
	for i, p := range points {
		c.cell[[2]string{p.Name, "whole"}] = &report.Cell{Estimates: of(10)}
		c.cell[[2]string{p.Name, "broken"}] = &report.Cell{Estimates: of(5)}
		if i == 1 {
			c.cell[[2]string{p.Name, "broken"}] = &report.Cell{Refused: "cannot"}
		}
	}
	ch := c.factorChart("f", points, "messages_per_s", "Messages")
	if whole := ch.series[0].points; len(whole) != 4 || whole[0].part != whole[3].part {
		t.Errorf("a line of %+v", whole)
	}
	if broken := ch.series[1].points; len(broken) != 3 || broken[0].part == broken[1].part || broken[1].part != broken[2].part {
		t.Errorf("a line of %+v", broken)
	}
}
