package client

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/loadframe/loadframe/internal/sysinfo"
)

// Result is what a run measured, up to its end or to what ended it.
type Result struct {
	Config  Config // with the defaults filled in
	Framing string
	Start   time.Time
	Late    time.Duration // by how much that is after Config.StartAt
	Batch   int           // requests that one write carries at most; 0 for bulk
	Took    time.Duration // from the first request to the last reply; neither connecting nor the warm-up is in it
	Counts
	Upward      Counts         // of Counts, what went from client to server; all of push and ack, and a part of duplex
	Connections int64          // that were made; for churn as many as messages
	Failed      int            // of these, ended with an error
	Faults      map[string]int // why: FaultRefused, ...
	Unreported  int            // connections of a push over a stream that ended without the server's report: of them the counts are what the kernel took, and nothing is verified
	Unsent      int64          // messages of an open loop that were due, but not sent when the time was over

	// In ns, of all connections. Response is counted from when a message was
	// due, Service from when it was sent. In a closed loop that is the same:
	// Service and Lag are nil. All are nil for bulk.
	Response, Service *hdrhistogram.Histogram
	Lag               *hdrhistogram.Histogram // by how much the generator itself sent too late

	Up, Down *hdrhistogram.Histogram // one-way delays of stamp, ns; else nil
	Clock    ClockOffset             // of stamp, or if Config.AskClock: by how much the server's clock is ahead
	ClockEnd ClockOffset             // if Config.AskClock: the same after the run
	Plan     *Plan                   // of an open loop; nil: what it lets go does not follow from the configuration
	View     *ServerView             // nil: not asked, or no answer
	Connect  *hdrhistogram.Histogram // of churn: how long connecting took, ns; else nil
	Streamed *Streamed               // of stream
	Path     *Path                   // of datagrams
	PathUp   *Path                   // of duplex: Path of what the client sent; nil otherwise
	PathDown *Path                   // of duplex: Path of what the server sent; nil otherwise
	Server   *ServerCost             // nil: not asked, or no answer
	TCP      *TCPTotals              // nil: the system does not tell, or the transport has none
	Conns    []Conn                  // what each connection did, if Config.PerConn

	CPU    sysinfo.CPU // of this process, while it was measured; 0: of a burst, or the system does not tell
	Allocs int64       // objects that it allocated meanwhile
	Health Health
}

// Counts are sums over all connections. Of ack, payload is what was acknowledged
// and wire what carried that up; of the others both are what was received. Bytes
// of a message that is not complete are in neither.
type Counts struct {
	Messages, Payload, Wire, Reads, Writes, VerifyErrors int64

	// Datagrams. Lost of an exchange are those without a reply; Late came when
	// they were given up, or so late that it cannot be told whether they are
	// duplicates.
	Sent, Lost, Reordered, Duplicated, Late int64
}

// Interval is what arrived between two ticks.
type Interval struct {
	Start, End time.Duration // since the start of the run, its warm-up included
	Counts
	Upward            Counts                  // as in Result
	Response, Service *hdrhistogram.Histogram // as in Result; valid until the observer returns
	Jitter            Jitters                 // at its end
	TCP               *TCPTotals              // at its end; nil: the system does not tell, or there are too many connections to ask
	Retransmits       int64                   // segments, in the interval, if there is TCP; connecting is in the first
	Omitted           bool                    // warm-up: in no total
}

// Jitters are what Path and Streamed have of jitter, so far. Nil: nothing has come that tells; Up and Down are of duplex alone.
type Jitters struct{ All, Up, Down *time.Duration }

// Observer is told how a run goes on, by one goroutine. A nil function is not
// called.
type Observer struct {
	Interval func(Interval)
	Progress func(Counts) // some ten times a second, with the totals so far, warm-up included
	Ready    func()       // when every connection is there, and nothing has been sent on them but their openings
	Begin    func()       // when measuring begins: before the first message, or when the warm-up is over
}
