package bench

import "time"

// The limits of a trial, and what a whole experiment takes.
const (
	minTrial      = 30 * time.Millisecond
	maxTrial      = time.Minute
	longestTrial  = time.Second           // unless a longer one is asked for
	leastTrial    = 20 * time.Millisecond // of one that is cut because the machine is slow
	wholeTime     = 145 * time.Second
	quickTime     = 18 * time.Second
	betweenTrials = 16 * time.Millisecond // connecting, the last replies, a collection in each process
	leastOmit     = 10 * time.Millisecond // a tick of the client
)

// timing is how long a trial lasts.
type timing struct {
	measured, omit time.Duration
}

// timingOf divides a trial. A sixth, but a tick at least, warms its connections up.
func timingOf(trial time.Duration) timing {
	omit := max(leastOmit, (trial / 6).Truncate(time.Millisecond))
	return timing{measured: trial - omit, omit: omit}
}

func (t timing) trial() time.Duration { return t.measured + t.omit }

// whole is how long all rounds take together; 0: as long as their trials do.
func (c Config) whole() time.Duration {
	switch {
	case c.Trial != 0:
		return 0
	case c.Quick:
		return quickTime
	}
	return wholeTime
}

// timing divides the time among the trials.
func (c Config) timing(cells int) timing {
	trial := c.Trial
	if trial == 0 {
		trial = c.whole()/time.Duration(max(1, cells*c.Rounds)) - betweenTrials
		trial = min(max(trial, minTrial), longestTrial).Truncate(time.Millisecond)
	}
	return timingOf(trial)
}

// budget keeps rounds to their time on a machine that takes longer between two
// trials than was planned: it cuts the trials that are left. All contenders of
// a round have the same. A round is not begun anew for it, nor left out: its
// trials are short, but there are as many.
type budget struct {
	planned timing
	until   time.Time // the rounds should have ended; zero: there is no hurry
	trials  int       // of a round
	rounds  int       // left
	began   time.Time // the last round did; zero: there was none
	last    timing    // of that round
	cut     timing    // the shortest there was, if it is shorter than planned
}

// budget of the rounds that are left.
func (e *Experiment) budget(now time.Time) *budget {
	b := &budget{planned: e.timing, trials: max(1, e.runnable()), rounds: e.config.Rounds - e.resume.Done}
	if e.whole > 0 {
		least := time.Duration(b.rounds*b.trials) * (minTrial + betweenTrials) // more rounds, or contenders, are more time
		b.until = now.Add(max(e.whole*time.Duration(b.rounds)/time.Duration(e.config.Rounds), least))
	}
	return b
}

// round returns how long the trials of the round are that begins now.
func (b *budget) round(now time.Time) timing {
	t := b.planned
	if !b.until.IsZero() && !b.began.IsZero() {
		between := now.Sub(b.began)/time.Duration(b.trials) - b.last.trial()
		left := b.until.Sub(now)/time.Duration(b.rounds*b.trials) - between
		if left = max(left, leastTrial); left < t.trial() {
			t = timingOf(left)
			if b.cut == (timing{}) || t.measured < b.cut.measured {
				b.cut = t
			}
		}
	}
	b.began, b.last = now, t
	b.rounds--
	return t
}
