package client

import (
	"cmp"
	"fmt"
	"math"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/pattern"
)

// Resolve fills in the defaults and refuses what cannot be run, with the value
// and the limit.
func (c Config) Resolve() (Config, codec.Codec, error) {
	fail := func(format string, args ...any) (Config, codec.Codec, error) {
		return c, nil, fmt.Errorf("client: "+format, args...)
	}
	c.Network = cmp.Or(c.Network, "tcp")
	cod, err := c.resolveFraming()
	if err != nil {
		return fail("%w", err)
	}
	c.anySize = c.anySize || c.Size == 0 && c.Sizes == ""
	c.delimits, c.Notes = codec.Delimits(cod), nil
	_, c.exact = exactSize(cod)
	c.fussy = fussy(cod)
	if c.workload, err = workloadOf(c.Workload); err != nil {
		return fail("%w", err)
	}
	if err := c.workload.settle(&c, cod); err != nil {
		return fail("%w", err)
	}
	if c.Arrival != "" && !c.workload.paced && c.Workload != Stream && c.oneWay == nil {
		return fail("arrival %s: %s has no schedule", c.Arrival, article(c.Workload))
	}
	if c.Arrival != "" && c.workload.paced {
		if c.schedule, err = parseSchedule(c.Arrival); err != nil {
			return fail("%w", err)
		}
	}
	c.Verify = cmp.Or(c.Verify, VerifyFull)
	if c.Verify != VerifyFull && c.Verify != VerifyLength && c.Verify != VerifyNone {
		return fail("unknown verification %q: full, length or none", c.Verify)
	}
	if err := c.resolveNumbers(); err != nil {
		return fail("%w", err)
	}
	if err := c.resolveOnce(cod); err != nil {
		return fail("%w", err)
	}
	if err := c.resolveHow(); err != nil {
		return fail("%w", err)
	}
	c.roundBytes(cod)
	if err := c.resolveSizes(cod); err != nil {
		return c, nil, err
	}
	if err := c.Socket.resolve(&c); err != nil {
		return fail("%w", err)
	}
	if err := c.resolveBounds(); err != nil {
		return fail("%w", err)
	}
	c.Timeout = cmp.Or(c.Timeout, defaultTimeout)
	if err := checkStart(c.StartAt); err != nil {
		return fail("%w", err)
	}
	if c.Instance != "" && (c.Plain || c.udp()) {
		return fail("instance %s: without a preface the server cannot be told", c.Instance)
	}
	if err := c.resolveLostAfter(); err != nil {
		return fail("%w", err)
	}
	if c.Interval != 0 && c.Interval < minInterval {
		return fail("interval %v: want %v or more", c.Interval, minInterval)
	}
	return c, cod, nil
}

// resolveFraming returns the codec. What it says of the framing is complete.
func (c *Config) resolveFraming() (codec.Codec, error) {
	if c.udp() {
		return c.resolveUDP()
	}
	c.Framing = cmp.Or(c.Framing, "u32")
	return codec.Parse(c.Framing)
}

func (c *Config) resolveNumbers() error {
	depth := 1
	if c.schedule != nil && !c.workload.self {
		depth = openDepth
	}
	for _, b := range []struct {
		name      string
		value     int
		limit     int
		otherwise int
		to        *int
	}{
		{"connections", c.Conns, maxConns, 1, &c.Conns},
		{"depth", c.Depth, maxDepth, depth, &c.Depth},
		{"batch", c.Batch, maxDepth, 0, &c.Batch},
		{"size", c.Size, maxSize, 0, &c.Size},
	} {
		if b.value < 0 || b.value > b.limit {
			return fmt.Errorf("%s %d: want 1 to %d", b.name, b.value, b.limit)
		}
		if b.value == 0 {
			*b.to = b.otherwise
		}
	}
	if err := c.Segment.check(c.Conns); err != nil {
		return err
	}
	if c.Batch == 0 {
		c.Batch = c.Depth
		if c.schedule != nil {
			c.Batch = 1
		}
	}
	return nil
}

// resolveHow checks how messages are written and replies are read.
func (c *Config) resolveHow() error {
	if _, err := parseCuts(c.Cuts, 0); err != nil {
		return err
	}
	if c.Pause < 0 || c.Pause > maxPause {
		return fmt.Errorf("pause %v: want 0 to %v", c.Pause, maxPause)
	}
	if !c.workload.paced && (c.Cuts != "" && c.Cuts != CutsWhole || c.Pause > 0) {
		return fmt.Errorf("cuts and pauses are for echo, ack and stamp, not for %s", c.Workload)
	}
	return nil
}

// resolveSizes prepares what messages consist of.
func (c *Config) resolveSizes(cod codec.Codec) (err error) {
	c.sizes = constantSize(c.Size)
	if c.Sizes != "" {
		limit := sizesMax
		if codec.Delimits(cod) {
			limit = codec.Max(cod)
		}
		if c.sizes, err = parseSizes(c.Sizes, limit); err != nil {
			return err
		}
		c.sizes.seed = c.Seed
		c.Size = max(1, int(math.Round(c.sizes.mean)))
	}
	if codec.Delimits(cod) && c.sizes.max > codec.Max(cod) {
		return fmt.Errorf("client: size %d is over the limit of framing %s, %d bytes%s", c.sizes.max, cod, codec.Max(cod), raise(cod, int64(c.sizes.max)))
	}
	if !c.workload.replies {
		if !c.Plain || c.Workload != Pull {
			c.generated, err = chooseContent(cod, &c.sizes, c.Payload)
			c.content = c.generated.of
			return err
		}
		c.content = pattern.Seeded // what a server has that was told nothing
		return nil
	}
	c.content, err = newContent(c.Payload, cod, &c.sizes)
	return err
}

// raise says how a limit is raised, where n bytes can be had: of a field of one
// byte, or frames of a fixed size, they cannot.
func raise(cod codec.Codec, n int64) string {
	if n > codec.MaxMax {
		return ""
	}
	if wider, err := codec.WithMax(cod, int(n)); err != nil || int64(codec.Max(wider)) < n {
		return ""
	}
	return " (raise it with max=)"
}

// resolveBounds settles when the run ends.
func (c *Config) resolveBounds() error {
	if c.Bytes < 0 || c.Messages < 0 || c.Duration < 0 || c.Timeout < 0 || c.Omit < 0 {
		return fmt.Errorf("a bound is negative: bytes %d, messages %d, duration %v, timeout %v, warm-up %v", c.Bytes, c.Messages, c.Duration, c.Timeout, c.Omit)
	}
	if c.Omit > 0 && (c.Bytes > 0 || c.Messages > 0) {
		return fmt.Errorf("warm-up of %v: the run has to be bounded by time alone, not by bytes or messages", c.Omit)
	}
	if s := cmp.Or(c.schedule, c.oneWay); s != nil && s.Length() > 0 && c.Duration == 0 {
		if c.Duration = s.Length() - c.Omit; c.Duration <= 0 {
			return fmt.Errorf("warm-up of %v: the stages end after %v", c.Omit, s.Length())
		}
	}
	if c.Bytes == 0 && c.Messages == 0 {
		c.Duration = cmp.Or(c.Duration, defaultDuration)
	}
	return nil
}
