package proxy

import "sync/atomic"

// Counts of one direction. They are exact: of a direction that ended in peace,
// Out + Discarded = In - Dropped + Inserted + Duplicated, and Out is what the
// receiver was sent.
type Counts struct {
	In         int64 `json:"in"`         // bytes read
	Out        int64 `json:"out"`        // bytes written
	Flipped    int64 `json:"flipped"`    // bytes with a bit inverted
	Dropped    int64 `json:"dropped"`    // bytes left out
	Inserted   int64 `json:"inserted"`   // bytes put in
	Duplicated int64 `json:"duplicated"` // bytes sent once more
	Discarded  int64 `json:"discarded"`  // bytes read and not passed on: behind fin, blackhole or reset, or nobody took them
	Writes     int64 `json:"writes"`     // of an impaired direction
	Stalls     int64 `json:"stalls"`     // those that held a byte or the end, and the one at an offset
	Fins       int64 `json:"fins"`       // ends told before their time
	Blackholes int64 `json:"blackholes"` // directions swallowed, from when there was something to swallow
	Resets     int64 `json:"resets"`     // RSTs asked for by the Spec
}

// add sums up.
func (c *Counts) add(o Counts) {
	c.In += o.In
	c.Out += o.Out
	c.Flipped += o.Flipped
	c.Dropped += o.Dropped
	c.Inserted += o.Inserted
	c.Duplicated += o.Duplicated
	c.Discarded += o.Discarded
	c.Writes += o.Writes
	c.Stalls += o.Stalls
	c.Fins += o.Fins
	c.Blackholes += o.Blackholes
	c.Resets += o.Resets
}

type counter = atomic.Int64

// counts are Counts that are read while they grow.
type counts struct {
	in, out, flipped, dropped, inserted, duplicated, discarded, writes, stalls, fins, blackholes, resets counter
}

func (c *counts) load() Counts {
	return Counts{
		In: c.in.Load(), Out: c.out.Load(), Flipped: c.flipped.Load(), Dropped: c.dropped.Load(), Inserted: c.inserted.Load(),
		Duplicated: c.duplicated.Load(), Discarded: c.discarded.Load(), Writes: c.writes.Load(), Stalls: c.stalls.Load(),
		Fins: c.fins.Load(), Blackholes: c.blackholes.Load(), Resets: c.resets.Load(),
	}
}
