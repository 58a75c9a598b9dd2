package client

import (
	"errors"
	"iter"
	"time"
)

// Plan is what an open loop has let go: how many messages, and the sum, modulo
// 2^64, of a hash of each one's number and due time. It does not depend on their
// order, so the plans of the segments of a run add up to the plan of the whole,
// if they are its parts: message for message, to the nanosecond.
type Plan struct {
	Messages int64
	Sum      uint64
}

func (p *Plan) add(k int64, due time.Duration) {
	p.Messages++
	p.Sum += mix(mix(uint64(k)) + uint64(due))
}

// mix is the finalizer of SplitMix64 (Steele, Lea, Flood, 2014): every bit of x
// changes half of the result.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// Plan returns what the schedule of a run lets go from its beginning to its end,
// of the segment that c is. It fails for a closed loop, which plans nothing, and
// where bytes of messages of many sizes end the run: nobody knows at which
// message. It takes some 20 ns a message of the whole run; most is how many it may have.
func (c Config) Plan(most int64) (p Plan, err error) {
	if c, _, err = c.Resolve(); err != nil {
		return p, err
	}
	if !c.plannable() {
		return p, errors.New("client: the run has no plan that ends with its messages or its time")
	}
	for k, due := range c.plan() {
		if p.add(k, due); p.Messages > most {
			return p, errors.New("client: the plan is too long")
		}
	}
	return p, nil
}

// plannable tells whether what the run lets go follows from its configuration.
func (c *Config) plannable() bool {
	return c.schedule != nil && !(c.sizes.spec != "" && c.Bytes > 0)
}

// plan yields the messages of this segment in the order in which they are due,
// with their numbers in the whole run, until the schedule, the bound or the time
// ends.
func (c *Config) plan() iter.Seq2[int64, time.Duration] {
	return func(yield func(int64, time.Duration) bool) {
		cursor, bound := c.schedule.Cursor(c.Seed), c.planned()
		for round := int64(0); ; round += int64(c.Conns) {
			for j := range c.Segment.Share(int64(c.Conns)) {
				k := round + c.Segment.At(j)
				if k >= bound {
					return
				}
				due, ok := cursor.Due(k)
				if !ok || c.Duration > 0 && due >= c.Omit+c.Duration || !yield(k, due) {
					return
				}
			}
		}
	}
}

// planned returns how many messages bound the whole run.
func (c *Config) planned() int64 {
	if c.sizes.spec != "" {
		return bound(c.Messages)
	}
	return min(bound(c.Messages), bound((c.Bytes+int64(c.Size)-1)/int64(c.Size)))
}
