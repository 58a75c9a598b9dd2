package client

import "math"

// seed returns the seed of connection i.
func (c *Config) seed(i int) uint64 {
	if c.Plain && c.Workload == Pull {
		return 0 // the server's own
	}
	return c.Seed + uint64(i)
}

// workers returns how many connections this segment has.
func (c *Config) workers() int { return int(c.Segment.Share(int64(c.Conns))) * c.workload.each() }

// connection returns the number in the whole run of connection j of this
// segment.
func (c *Config) connection(j int) int {
	each := c.workload.each()
	return int(c.Segment.At(int64(j/each)))*each + j%each
}

// placeOf returns which connection of this segment has message k of the
// schedule, -1 if another segment has it: message k is on connection k mod
// Conns of the whole run.
func (c *Config) placeOf(k int64) int {
	g := k % int64(c.Conns)
	if !c.Segment.Owns(g) {
		return -1
	}
	return int(g / int64(c.Segment.count()))
}

// Part returns how many of the first total messages, or bytes, of the whole run
// are of this segment: those of its connections. c is resolved.
func (c *Config) Part(total int64) int64 {
	if total == unbounded {
		return unbounded
	}
	conns := int64(c.Conns)
	return total/conns*c.Segment.Share(conns) + c.Segment.Share(total%conns)
}

// unbounded is the bound of a run that only time bounds.
const unbounded = math.MaxInt64

// share returns connection i's part of a bound that all connections of the
// whole run share.
func (c *Config) share(total int64, i int) int64 {
	if total == unbounded {
		return unbounded
	}
	i /= c.workload.each()
	n := total / int64(c.Conns)
	if int64(i) < total%int64(c.Conns) {
		n++
	}
	return n
}

// messageBound returns how many messages connection i exchanges. Of two bounds
// the lower holds.
func (c *Config) messageBound(i int) int64 {
	if c.sizes.spec != "" {
		return c.share(bound(c.Messages), i)
	}
	size := int64(c.Size)
	return c.share(min(bound(c.Messages), bound((c.Bytes+size-1)/size)), i)
}

// byteBound returns how many bytes connection i pulls, in frames of frame bytes.
func (c *Config) byteBound(i, frame int) int64 {
	n := bound(c.Messages)
	if n > unbounded/int64(frame) {
		n = unbounded
	} else {
		n *= int64(frame)
	}
	if n = min(n, bound(c.Bytes)); c.exact && n != unbounded {
		return c.share(n/int64(frame), i) * int64(frame)
	}
	return c.share(n, i)
}

// bound is a bound as it was given, where 0 is none.
func bound(n int64) int64 {
	if n == 0 {
		return unbounded
	}
	return n
}
