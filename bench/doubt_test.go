package bench

import (
	"strings"
	"testing"

	"github.com/loadframe/loadframe/internal/report"
)

// A floor that does the same work each time and takes twice as long in one round
// makes the whole comparison doubtful.
func TestDoubt(t *testing.T) {
	c := func(samples ...float64) *report.Comparison {
		return &report.Comparison{
			Contenders: Contenders(),
			Cells: []report.Cell{
				{Point: "base", Contender: "u32", Estimates: map[string]*report.Estimate{"messages_per_s": estimateOf("messages_per_s", "msg/s", []float64{1, 100})}},
				{Point: "base", Contender: "null", Estimates: map[string]*report.Estimate{"messages_per_s": estimateOf("messages_per_s", "msg/s", samples)}},
			},
		}
	}
	spread := func(h *report.Health) bool { return strings.Contains(strings.Join(h.Reasons, " "), "null made") }
	if h := startWatch().health(c(1e6, 1.4e6, 1.2e6), 0); spread(h) {
		t.Errorf("40 %%: %q", h.Reasons)
	}
	if h := startWatch().health(c(1e6, 1.6e6, 1.2e6), 0); !spread(h) || !h.GeneratorLimited {
		t.Errorf("60 %%: %+v", h)
	}
	if h := startWatch().health(&report.Comparison{}, 0); spread(h) {
		t.Errorf("nothing measured: %q", h.Reasons)
	}
}
