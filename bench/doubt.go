package bench

import (
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/loadframe/loadframe/internal/report"
	"github.com/loadframe/loadframe/internal/sysinfo"
	"github.com/loadframe/loadframe/internal/units"
)

// When a comparison doubts itself.
const (
	stealMost  = 0.01 // of the processors' time: a run of the client does so at the same
	spreadMost = 1.5  // of the floor, from its slowest round to its fastest: the same work each time
)

// watch is a reading of what the hypervisor takes.
type watch struct {
	at    time.Time
	steal time.Duration
	tells bool
}

func startWatch() watch {
	steal, ok := sysinfo.Steal()
	return watch{time.Now(), steal, ok}
}

// health says whether the figures of c can be believed: whether the machine was
// there for them. That client and server share it, and fill it, is no doubt: they
// do so for all contenders. cut is what was measured in trials that had to be
// shorter than planned; 0: there were none.
func (w watch) health(c *report.Comparison, cut time.Duration) *report.Health {
	h := &report.Health{}
	say := func(format string, args ...any) {
		h.GeneratorLimited = true
		h.Reasons = append(h.Reasons, fmt.Sprintf(format, args...))
	}
	if now, ok := sysinfo.Steal(); ok && w.tells {
		share := (now - w.steal).Seconds() / max(time.Since(w.at).Seconds(), 1e-9) / float64(runtime.NumCPU())
		if share > stealMost {
			say("the hypervisor took %.1f %% of the processors' time for others (steal), over %.0f %%", share*100, stealMost*100)
		}
	}
	if planned := time.Duration(c.Experiment.TrialS * 1e9); cut > 0 && cut < planned*4/5 {
		say("the machine took longer than planned: trials were cut to %s, of %s", units.FormatDuration(cut), units.FormatDuration(planned))
	}
	if name, slow, fast := floorSpread(c); slow > 0 && fast > spreadMost*slow {
		say("%s made %s at the base point in one round and %s in another, over %g times as many: the machine did something else, too", name, report.PerSecondText(slow), report.PerSecondText(fast), spreadMost)
	}
	return h
}

// floorSpread returns the slowest and the fastest round of the null codec at the
// base point.
func floorSpread(c *report.Comparison) (name string, slow, fast float64) {
	for _, x := range c.Cells {
		e := x.Estimates["messages_per_s"]
		if x.Point != "base" || e == nil || !slices.ContainsFunc(c.Contenders, func(k report.Contender) bool { return k.Name == x.Contender && k.Floor == floorFraming }) {
			continue
		}
		return x.Contender, slices.Min(e.Samples), slices.Max(e.Samples)
	}
	return "", 0, 0
}
