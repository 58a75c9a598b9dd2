package bench

import (
	"strings"
	"testing"
	"time"

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
	planned := &report.Comparison{Experiment: report.Experiment{TrialS: 0.25}}
	if h := startWatch().health(planned, 41520*time.Microsecond); !strings.Contains(strings.Join(h.Reasons, " "), "cut to 41.5 ms, of 250 ms") {
		t.Errorf("trials that were cut: %q", h.Reasons)
	}
	if h := startWatch().health(&report.Comparison{}, 0); spread(h) {
		t.Errorf("nothing measured: %q", h.Reasons)
	}
}
