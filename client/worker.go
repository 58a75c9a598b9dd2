package client

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/pattern"
)

// counters belong to one worker, which alone writes them; the run's ticker
// reads. Messages, their payload, its wire bytes and their latencies are written
// under the worker's lock, so that they agree whenever the ticker looks: what was
// read ahead of them is no wire bytes yet.
type counters struct {
	messages, payload, wire, reads, writes atomic.Int64

	arrived, written atomic.Int64 // bytes, as a long message gets on: signs of life

	verifyErrors atomic.Int64

	connections atomic.Int64 // of churn

	sent, lost, reordered, duplicated, late atomic.Int64 // datagrams
}

// worker is one connection of a run, and the goroutine that drives it.
//
// What every message touches stands together at the beginning, in three lines of
// 64 bytes: with a thousand connections each finds its own in no cache.
type worker struct {
	cfg     *Config
	clock   *clock
	codec   codec.Codec
	record  *recorder // nil for bulk; guarded by mu
	gate    *gate     // nil if one goroutine writes and reads
	bad     error     // the first thing that verification found
	content pattern.Content
	mu      *sync.Mutex // taken once a call that reads or writes; those of one loop share it. Hardly ever does anybody wait for it
	up      bool        // wire is what went up, not what came down
	count   counters

	id       int // in the whole run
	place    int // in this segment of it
	session  session
	lowat    *lowat       // nil where latency is measured
	page     *page        // of the book, to begin with
	owed     func() bool  // whether the peer or we have something to do; nil: always
	sent     func() int64 // messages; nil for bulk
	backlog  func() int64 // bytes that the kernel has not got rid of: a sign of life when it changes; nil: of no interest
	nudge    func()       // makes it look whether there is anything to read; nil: it always does
	patient  bool         // what is on its way at the end of the time may take as long as it moves
	drive    func() error
	stalled  atomic.Bool // set by the run: no progress for the timeout
	overdue  atomic.Bool // set by the run: still waiting the timeout after the end
	timedOut bool        // the time bound ended it
	refused  error       // what the server said instead of a reply
	hold     func()      // before idle connections are closed; nil: nobody waits for it
	begun    func()      // when the warm-up is over; under mu; nil: nobody waits for it
	warm     int64       // connections that the warm-up made
	shutdown bool        // our direction
	reported bool        // the server said what has arrived of a push
	kept     bool        // the connection was there before this run
	keep     bool        // it is to be there after it
	fault    string      // the class of err
	tcpMu    sync.Mutex
	tcp      tcpInfo // at the end; guarded by tcpMu, with closed
	closed   bool
	streamed streamCount
	path     pathCount     // of datagrams
	pieces   string        // the doubt about datagrams that travel in them
	unsent   int64         // datagrams of a push that were due too long ago to be sent in their time
	behind   time.Duration // the greatest delay of what was left out, or when the time was over of what was not sent yet, through this machine's fault
	quiet    atomic.Int64  // ns since the start of the last thing that happened, when nothing is left but to wait for what may be lost; 0: not so far
	err      error         // why the worker ended, if not as planned; read it when the run is over
}

// clock tells the time since the run began, and when it is to end.
type clock struct {
	start time.Time
	end   time.Duration // 0: not bounded by time
}

func (c *clock) now() time.Duration { return time.Since(c.start) }

func newWorker(c *Config, cod codec.Codec, s session, i int, clk *clock, p *page) *worker {
	g := c.connection(i)
	w := &worker{mu: new(sync.Mutex), cfg: c, id: g, place: i, session: s, codec: cod, clock: clk, page: p, content: c.content(c.seed(g))}
	w.drive = c.workload.way(w)
	return w
}

// run drives the workload until its bound; stop says whether the run was ended
// from outside, which is no error.
func (w *worker) run(stopped func() bool) {
	err := contain(w.drive)
	clean := err == nil && w.bad == nil
	w.fault = fault(err)
	switch {
	case w.bad != nil:
		err, w.fault = w.bad, FaultVerify
	case err == nil:
	case w.refused != nil:
		err, w.fault = w.refused, FaultRefused
	case w.stalled.Load():
		err, w.fault = fmt.Errorf("no progress for %v after %d payload bytes", w.cfg.Timeout, w.count.payload.Load()), FaultTimeout
	case w.overdue.Load():
		err, w.fault = fmt.Errorf("no reply within %v after the end of the run", w.cfg.Timeout), FaultTimeout
	case errors.Is(err, os.ErrDeadlineExceeded) && (stopped() || w.clock.end > 0 && w.clock.now() >= w.clock.end):
		err, w.timedOut = nil, true
	case errors.Is(err, net.ErrClosed) && stopped():
		err = nil
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		err = fmt.Errorf("the server closed the connection after %d payload bytes", w.count.payload.Load())
	}
	if err != nil {
		w.err = fmt.Errorf("connection %d: %w", w.id, err)
	}
	w.keep = w.keep && clean
	if err == nil && !w.keep {
		w.farewell(w.session.nc)
	}
	w.tcpMu.Lock()
	defer w.tcpMu.Unlock()
	w.tcp, _ = readTCPInfo(w.session.nc)
	if w.cfg.udp() && !w.cfg.workload.self {
		w.pieces = fragments(w.cfg, w.session.nc.RemoteAddr(), pathMTU(w.session.nc))
	}
	if w.closed = true; !w.keep {
		w.session.nc.Close()
	}
}

// begin is told that the warm-up is over. What is not in the counters, of which
// the ticker remembers where they were, begins anew.
func (w *worker) begin() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.warm = w.count.connections.Load()
	if w.begun != nil {
		w.begun()
	}
}

var errInternal = errors.New("internal error, please report it")

// contain makes an error of a panic of ours. It fails the run, and not the
// program that the run is a part of.
func contain(do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v\n%s", errInternal, p, debug.Stack())
		}
	}()
	return do()
}

// Read counts; codec.Reader and the raw pull read through it.
func (w *worker) Read(p []byte) (n int, err error) {
	if w.cfg.Socket.SkipRxCopy {
		n, err = skipRead(w.session.nc, p)
	} else {
		n, err = w.session.nc.Read(p)
	}
	if n > 0 {
		w.took(n)
	}
	return n, err
}

// took counts a read. Whoever takes messages out of it counts their wire bytes.
func (w *worker) took(n int) {
	add(&w.count.reads, 1)
	add(&w.count.arrived, int64(n))
}

// consumed counts as wire bytes what was read but for the rest, which belongs to
// no message yet. The caller has the worker's lock.
func (w *worker) consumed(rest int) {
	if !w.up {
		w.count.wire.Store(w.count.arrived.Load() - int64(rest))
	}
}

// wrote counts a write.
func (w *worker) wrote(n int) {
	add(&w.count.writes, 1)
	add(&w.count.written, int64(n))
}

// writePiece is how much of a long write may be under way before it counts as
// progress: a write of 16 MiB takes its time on a slow path.
const writePiece = 64 << 10

func (w *worker) write(p []byte) error {
	for len(p) > 0 {
		n, err := w.session.nc.Write(p[:min(len(p), writePiece)])
		p = p[n:]
		w.wrote(n)
		if err != nil {
			return err
		}
	}
	return nil
}

// add is an addition by the only writer, which needs no read that is atomic with
// the write. On amd64 it saves nothing: an atomic store is locked there too.
func add(c *atomic.Int64, n int64) { c.Store(c.Load() + n) }
