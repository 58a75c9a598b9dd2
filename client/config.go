package client

import (
	"strconv"
	"time"

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
	Size     int           // payload bytes of a message or frame; 0: 256 KiB for pull (raw: of a read, 1 MiB, from a unix socket 128 KiB), else 64
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
	datagrams datagrams // its ways over UDP
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

func param(n uint64) string { return strconv.FormatUint(n, 10) }
