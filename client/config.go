package client

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/loadframe/loadframe/codec"
)

// The workloads.
const (
	Pull = "pull" // the server generates a file, the client takes it: bulk down
	Echo = "echo" // request-reply: the same bytes come back
	Ack  = "ack"  // request-reply: a receipt comes back
)

// Workloads returns the names of all workloads.
func Workloads() []string { return []string{Pull, Echo, Ack} }

// Verify says how much of what comes back is checked.
type Verify string

const (
	VerifyFull   Verify = "full"   // every byte
	VerifyLength Verify = "length" // how long files and frames are
	VerifyNone   Verify = "none"   // that the end is reached
)

// Config describes a run. The zero value of a field is its default, except
// where a bound is needed: without Duration, Bytes and Messages a run lasts 10
// seconds.
type Config struct {
	Workload string
	Network  string // "tcp", "tcp4", "tcp6"; "" is tcp
	Addr     string // host:port

	Framing string // what codec.Parse accepts; "" is u32
	Handler string // "": the workload's own
	Plain   bool   // send no preface: the server speaks Framing to begin with

	Conns    int           // 0: 1
	Duration time.Duration // bound; the first bound that is reached ends the run
	Bytes    int64         // bound: payload bytes in all, shared among the connections
	Messages int64         // bound: messages in all; of pull, frames
	Size     int           // payload bytes of a message or frame; 0: 256 KiB for pull (raw: of a read, 1 MiB), else 64
	Depth    int           // requests in flight on a connection; 0: 1

	Verify   Verify        // "" is full
	Seed     uint64        // of the content; connection i has Seed+i
	Timeout  time.Duration // for connecting, and for a connection without any progress; 0: 10 s
	Interval time.Duration // between calls of Observer.Interval; 0: none

	anySize bool // Size was not given: a pull takes what frames the server can send
}

const (
	defaultDuration = 10 * time.Second
	defaultTimeout  = 10 * time.Second
	defaultFrame    = 256 << 10
	defaultRead     = 1 << 20
	minInterval     = 10 * time.Millisecond
	defaultMessage  = 64
	maxConns        = 1 << 20
	maxDepth        = 1 << 20
	maxSize         = 1 << 30
)

// Resolve fills in the defaults and refuses what cannot be run, with the value
// and the limit.
func (c Config) Resolve() (Config, codec.Codec, error) {
	fail := func(format string, args ...any) (Config, codec.Codec, error) {
		return c, nil, fmt.Errorf("client: "+format, args...)
	}
	c.Network = cmp.Or(c.Network, "tcp")
	c.Framing = cmp.Or(c.Framing, "u32")
	cod, err := codec.Parse(c.Framing)
	if err != nil {
		return c, nil, err
	}
	c.anySize = c.anySize || c.Size == 0
	delimits := codec.Delimits(cod)
	switch c.Workload {
	case Pull:
		c.Handler = cmp.Or(c.Handler, "generate")
		if !delimits {
			c.Size = cmp.Or(c.Size, defaultRead)
		}
		c.Size = cmp.Or(c.Size, min(defaultFrame, codec.Max(cod)))
		if c.Depth > 1 {
			return fail("depth %d: a pull has one request in flight", c.Depth)
		}
	case Echo, Ack:
		c.Handler = cmp.Or(c.Handler, c.Workload)
		c.Size = cmp.Or(c.Size, defaultMessage)
	default:
		return fail("unknown workload %q: the workloads are %v", c.Workload, Workloads())
	}
	c.Verify = cmp.Or(c.Verify, VerifyFull)
	if c.Verify != VerifyFull && c.Verify != VerifyLength && c.Verify != VerifyNone {
		return fail("unknown verification %q: full, length or none", c.Verify)
	}
	for _, b := range []struct {
		name      string
		value     int64
		limit     int64
		otherwise int64
		to        *int
	}{
		{"connections", int64(c.Conns), maxConns, 1, &c.Conns},
		{"depth", int64(c.Depth), maxDepth, 1, &c.Depth},
		{"size", int64(c.Size), maxSize, 0, &c.Size},
	} {
		if b.value < 0 || b.value > b.limit {
			return fail("%s %d: want 1 to %d", b.name, b.value, b.limit)
		}
		if b.value == 0 {
			*b.to = int(b.otherwise)
		}
	}
	if delimits && c.Size > codec.Max(cod) {
		return fail("size %d is over the limit of framing %s, %d bytes (raise it with max=)", c.Size, cod, codec.Max(cod))
	}
	if c.Bytes < 0 || c.Messages < 0 || c.Duration < 0 || c.Timeout < 0 {
		return fail("a bound is negative: bytes %d, messages %d, duration %v, timeout %v", c.Bytes, c.Messages, c.Duration, c.Timeout)
	}
	if c.Bytes == 0 && c.Messages == 0 {
		c.Duration = cmp.Or(c.Duration, defaultDuration)
	}
	c.Timeout = cmp.Or(c.Timeout, defaultTimeout)
	switch {
	case c.Plain && c.Workload == Pull && c.Seed != 0:
		return fail("seed %d: without a preface the server cannot be told a seed", c.Seed)
	case c.Plain && c.Workload == Pull && delimits && !c.anySize:
		return fail("size %d: without a preface the server cannot be told a frame size", c.Size)
	case c.Workload == Ack && !delimits:
		return fail("framing %s does not tell where a message ends: a receipt cannot be matched to one", cod)
	case c.Interval != 0 && c.Interval < minInterval:
		return fail("interval %v: want %v or more", c.Interval, minInterval)
	}
	return c, cod, nil
}

// seed returns the seed of connection i.
func (c *Config) seed(i int) uint64 {
	if c.Plain && c.Workload == Pull {
		return 0 // the server's own
	}
	return c.Seed + uint64(i)
}

// unbounded is the bound of a run that only time bounds.
const unbounded = math.MaxInt64

// share returns connection i's part of a bound that all connections share.
func (c *Config) share(total int64, i int) int64 {
	if total == unbounded {
		return unbounded
	}
	n := total / int64(c.Conns)
	if int64(i) < total%int64(c.Conns) {
		n++
	}
	return n
}

// messageBound returns how many messages connection i exchanges. Of two bounds
// the lower holds.
func (c *Config) messageBound(i int) int64 {
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
	return c.share(min(n, bound(c.Bytes)), i)
}

// bound is a bound as it was given, where 0 is none.
func bound(n int64) int64 {
	if n == 0 {
		return unbounded
	}
	return n
}

func param(n uint64) string { return strconv.FormatUint(n, 10) }
