package client

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync/atomic"
	"time"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/pattern"
)

// counters belong to one worker, which alone writes them; the run's ticker
// reads. They fill a cache line of their own.
type counters struct {
	messages, payload, wire, reads, writes, verifyErrors atomic.Int64
	_                                                    [16]byte
}

// worker is one connection of a run, and the goroutine that drives it.
type worker struct {
	cfg     *Config
	id      int
	session session
	codec   codec.Codec
	content pattern.Content
	clock   *clock
	count   counters
	lowat   *lowat      // nil where latency is measured
	latency *recorder   // nil for bulk
	stalled atomic.Bool // set by the run: no progress for the timeout
	refused error       // what the server said instead of a reply
	bad     error       // the first thing that verification found
	err     error       // why the worker ended, if not as planned; read it when the run is over
}

// clock tells the time since the run began, and when it is to end.
type clock struct {
	start time.Time
	end   time.Duration // 0: not bounded by time
}

func (c *clock) now() time.Duration { return time.Since(c.start) }

func newWorker(c *Config, cod codec.Codec, s session, i int, clk *clock) *worker {
	w := &worker{cfg: c, id: i, session: s, codec: cod, clock: clk, content: pattern.Seeded(c.seed(i))}
	if c.Workload == Pull {
		w.lowat = newLowat(s.nc)
	} else {
		w.latency = newRecorder()
	}
	return w
}

// run drives the workload until its bound; stop says whether the run was ended
// from outside, which is no error.
func (w *worker) run(stopped func() bool) {
	var err error
	if w.cfg.Workload == Pull {
		err = w.pull()
	} else {
		err = w.exchange()
	}
	switch {
	case w.bad != nil:
		err = w.bad
	case err == nil:
	case w.stalled.Load():
		err = fmt.Errorf("no progress for %v after %d payload bytes", w.cfg.Timeout, w.count.payload.Load())
	case errors.Is(err, os.ErrDeadlineExceeded) && (stopped() || w.clock.end > 0 && w.clock.now() >= w.clock.end):
		err = nil
	case errors.Is(err, net.ErrClosed) && stopped():
		err = nil
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		err = fmt.Errorf("the server closed the connection after %d payload bytes", w.count.payload.Load())
	}
	if err != nil {
		w.err = fmt.Errorf("connection %d: %w", w.id, err)
	}
	w.session.nc.Close()
}

// Read counts; codec.Reader and the raw pull read through it.
func (w *worker) Read(p []byte) (int, error) {
	n, err := w.session.nc.Read(p)
	if n > 0 {
		add(&w.count.reads, 1)
		if w.cfg.Workload != Ack {
			add(&w.count.wire, int64(n))
		}
	}
	return n, err
}

func (w *worker) write(p []byte) error {
	n, err := w.session.nc.Write(p)
	add(&w.count.writes, 1)
	if w.cfg.Workload == Ack { // what is acknowledged went this way
		add(&w.count.wire, int64(n))
	}
	return err
}

// add is an addition by the only writer: two plain moves, no locked read.
func add(c *atomic.Int64, n int64) { c.Store(c.Load() + n) }
