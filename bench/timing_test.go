package bench

import (
	"testing"
	"time"
)

// The time is divided among the trials, and told.
func TestTiming(t *testing.T) {
	for _, c := range []struct {
		config Config
		most   time.Duration
	}{{Config{}, 160 * time.Second}, {Config{Quick: true}, 26 * time.Second}, {Config{Quick: true, Rounds: 12}, 45 * time.Second}} {
		e := prepare(t, c.config)
		if takes := e.Takes(); takes > c.most || takes < c.most/2 {
			t.Errorf("quick %t, %d rounds: %v, want up to %v", c.config.Quick, c.config.Rounds, takes, c.most)
		}
		if e.timing.omit < leastOmit || e.timing.measured < minTrial-leastOmit {
			t.Errorf("a trial of %+v", e.timing)
		}
	}
	for _, c := range []Config{{Rounds: -1}, {Rounds: maxRounds + 1}, {Trial: minTrial - 1}, {Trial: maxTrial + 1}, {Trials: -1}, {Trials: maxTrials + 1}, {CostRounds: -1}, {CostRounds: maxCostRounds + 1}} {
		if _, err := Prepare(c); err == nil {
			t.Errorf("%+v passes", c)
		}
	}
}

// A machine that takes longer between the trials gets shorter ones, all alike in
// a round, and ends when it was meant to; one that does not keeps them as long as
// they were planned.
func TestSlowMachineKeepsToItsTime(t *testing.T) {
	e := prepare(t, Config{})
	for _, slow := range []struct {
		between time.Duration
		cut     bool
	}{{betweenTrials, false}, {25 * time.Millisecond, true}, {300 * time.Millisecond, true}} {
		now := time.Now()
		begin, b := now, e.budget(now)
		for range e.config.Rounds {
			trial := b.round(now)
			if trial.trial() < leastTrial || trial.omit < leastOmit || trial.trial() > e.Trial() {
				t.Fatalf("between %v: a trial of %+v", slow.between, trial)
			}
			now = now.Add(time.Duration(e.runnable()) * (trial.trial() + slow.between))
		}
		if cut := b.cut != (timing{}); cut != slow.cut {
			t.Errorf("between %v: cut to %+v", slow.between, b.cut)
		}
		if took := now.Sub(begin); slow.between < time.Second/10 && took > wholeTime*21/20 {
			t.Errorf("between %v: %v, want %v", slow.between, took, wholeTime)
		}
	}
	e.config.Rounds *= 10
	if b := e.budget(time.Now()); time.Until(b.until) < 3*wholeTime {
		t.Error("ten times the rounds have no more time")
	}
	if b := prepare(t, small(t)).budget(time.Now()); !b.until.IsZero() {
		t.Error("trials as long as was asked for have an end")
	}
}
