package client

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/pattern"
)

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
	Network  string // "tcp", "tcp4", "tcp6", "udp", "udp4", "udp6", "unix"; "" is tcp
	Addr     string // host:port, or a path

	Framing string // what codec.Parse accepts; "" is u32. Over UDP there is none: Resolve sets "udp"
	Handler string // "": the workload's own
	Plain   bool   // send no preface: the server speaks Framing to begin with

	Segment  Segment       // the part that this instance runs; connections, bounds and rates are those of the whole
	Conns    int           // 0: 1; of duplex, in each direction
	Duration time.Duration // bound; the first bound that is reached ends the run
	Bytes    int64         // bound: payload bytes in all, shared among the connections
	Messages int64         // bound: messages in all; of pull, frames
	Size     int           // payload bytes of a message or frame; 0: 256 KiB for pull (raw: of a read, 1 MiB), else 64
	Sizes    string        // instead: a distribution, see docs/load.md; Resolve sets Size to its mean
	Payload  string        // PayloadRandom, ...; "": random bytes as far as the framing carries them
	Depth    int           // requests in flight on a connection; 0: 1, in an open loop 65536
	Batch    int           // messages a write at most; 0: Depth, in an open loop 1
	Arrival  string        // what ParseSchedule accepts, for all connections together; "": closed loop
	Cuts     string        // how the writes of messages are cut: "", CutsWhole, CutsRandom, CutsHead, CutsDelimiter or bytes a piece
	Pause    time.Duration // before each read of replies, up to 1 s: a slow reader
	Omit     time.Duration // warm-up before the Duration that is in no result but intervals marked so
	Nagle    bool          // leave TCP_NODELAY off
	Socket   Socket        // options of every connection

	Verify    Verify        // "" is full
	StartAt   time.Time     // when the load begins, by this machine's clock; the connections are made before; zero: at once
	Seed      uint64        // of the content; connection i has Seed+i
	Timeout   time.Duration // for connecting, and for a connection without any progress; 0: 10 s
	LostAfter time.Duration // over UDP: after this a reply is not waited for any more; 0: 1 s, at most half of Timeout
	Interval  time.Duration // between calls of Observer.Interval; 0: none

	Instance    string // by which the server counts this client's sessions, for Result.View; "": it does not. Letters, digits, . _ -, 64 at most
	ServerStats bool   // ask the server's stats handler before and after, on a connection of its own
	AskClock    bool   // estimate the server's clock before and after, on a connection of its own
	PerConn     bool   // keep what each connection did, for Result.Conns

	Notes []string // set by Resolve: what was changed that was asked for, one line each

	anySize   bool // Size was not given: a pull takes what frames the server can send
	delimits  bool // the framing tells where a frame ends
	fussy     bool // the framing does not carry all bytes
	exact     bool // all frames have Size bytes, the last one too
	generated generated
	interval  time.Duration // between packets of a stream
	offset    time.Duration // of the server's clock, for stamp
	workload  *workload
	sizes     sizes
	schedule  *Schedule
	oneWay    *Schedule // of what goes over UDP without an answer
	content   func(seed uint64) pattern.Content
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
	openDepth       = 1 << 16
	maxSize         = 1 << 30
	maxPause        = time.Second
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
		return fail("arrival %s: a %s has no schedule", c.Arrival, c.Workload)
	}
	if c.Arrival != "" && c.workload.paced {
		if c.schedule, err = ParseSchedule(c.Arrival); err != nil {
			return c, nil, err
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
		return fmt.Errorf("client: size %d is over the limit of framing %s, %d bytes (raise it with max=)", c.sizes.max, cod, codec.Max(cod))
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

func param(n uint64) string { return strconv.FormatUint(n, 10) }
