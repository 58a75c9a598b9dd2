package bench

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

const (
	costBatch   = 40 * time.Microsecond // of a timed batch, or one pass that takes longer: far above what reading the clock takes
	costBatches = 5                     // of a round
	costTries   = 3                     // of one pass, before the first batch
	costLong    = time.Millisecond      // of a pass that is a batch of its own, the only one of a round, and warms its own caches
)

// costLoop is one loop that is timed, of one contender.
type costLoop struct {
	in      *costInput
	run     func(in *costInput, passes int)
	tries   int           // so far
	pass    time.Duration // the shortest that there was
	passes  int           // of a batch
	batches int           // of a round
	samples []float64     // ns a frame, round by round
}

func newCostLoop(in *costInput, run func(in *costInput, passes int)) *costLoop {
	return &costLoop{in: in, run: run, pass: math.MaxInt64}
}

// race is the same work of all contenders.
type race []*costLoop

// run runs one round: all take turns, each turn in another order.
func (all race) run(r *rand.Rand) {
	best := make([]time.Duration, len(all))
	for _, l := range all {
		l.in = l.in.moved()
		l.settle()
	}
	most := slices.MaxFunc(all, func(a, b *costLoop) int { return a.batches - b.batches }).batches
	for batch := range most {
		for _, i := range r.Perm(len(all)) {
			if l := all[i]; batch < l.batches {
				if took := l.time(); batch == 0 || took < best[i] {
					best[i] = took
				}
			}
		}
	}
	for i, l := range all {
		l.samples = append(l.samples, float64(best[i].Nanoseconds())/float64(l.passes*l.in.frames))
	}
}

// settle finds out how many passes make a batch. The first round tries, and each batch tells the later ones: a try that was disturbed does
// not last, or it would be in all samples.
func (l *costLoop) settle() {
	for l.tries < costTries {
		l.tries++
		l.passes = 1
		l.time()
	}
	l.passes = int(max(1, costBatch/max(1, l.pass)))
	if l.batches == 0 { // and never again: a batch with its caches warm is another measurement than one without
		if l.batches = costBatches; l.pass > costLong {
			l.batches = 1
		}
	}
}

// time is how long a batch takes, with what it needs in the caches: the turn of the others came between.
func (l *costLoop) time() time.Duration {
	l.in.place()
	if l.batches != 1 {
		l.run(l.in, 1)
	}
	start := time.Now()
	l.run(l.in, l.passes)
	took := time.Since(start)
	l.pass = min(l.pass, took/time.Duration(l.passes))
	return took
}
