package bench

import (
	"context"
	"time"

	"github.com/loadframe/loadframe/internal/report"
)

const (
	costRounds      = 10
	quickCostRounds = 6
	maxCostRounds   = 1000

	// costTime is about how long one of them takes, with its share of overhead
	// and damage.
	costTime = 1300 * time.Millisecond
)

// unconnected measures what needs no connection: overhead is counted, damage
// drawn, and the codecs timed in memory. What is there when ctx ends is kept.
func (e *Experiment) unconnected(ctx context.Context, o Observer, c *report.Comparison) (err error) {
	var framings []report.Contender // a floor has nothing to count or to damage
	for _, x := range e.cs {
		if x.Floor == "" {
			framings = append(framings, x)
		}
	}
	o.phase("overhead", 0)
	if c.Overheads, err = Overheads(framings, e.config.Seed); err != nil {
		return err
	}
	o.phase("codecs", 0)
	if c.Costs, err = CodecCosts(ctx, framings, e.config.Seed, e.costRounds); err != nil {
		return err
	}
	began := false
	c.Damages, err = Damages(ctx, framings, e.config.Seed, e.config.Trials, func(done, all int) {
		if !began {
			o.phase("damage", all)
			began = true
		}
		o.step(done)
	})
	return err
}
