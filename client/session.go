package client

import (
	"context"
	"fmt"
	"time"

	"github.com/loadframe/loadframe/codec"
)

// Session runs one Config again and again, each time a burst: for a program
// that plans bursts by itself, as a load engine does.
//
// The connections of echo, ack and stamp stay open from one burst to the next.
// Those of the other workloads, of UDP, and of framings with one message a
// direction, end with what they are asked to do, and each burst makes new ones. A
// connection that failed, or that the server has closed meanwhile, is replaced
// by the next burst.
//
// A Session is for one goroutine at a time.
type Session struct {
	config Config
	codec  codec.Codec
	conns  []session    // those of nc nil are to be made
	keep   bool         // connections outlast a burst
	once   bool         // there is one burst, and no session
	book   *book        // nil before the first burst
	clock  *ClockOffset // of stamp: estimated by the first burst
	span   span         // of the bursts so far
}

// NewSession resolves c. It connects to nothing: the first burst does.
func NewSession(c Config) (*Session, error) {
	c, cod, err := c.Resolve()
	if err != nil {
		return nil, err
	}
	if !c.StartAt.IsZero() {
		return nil, fmt.Errorf("client: start at %s: a session begins when its first burst does", c.StartAt.Format(time.RFC3339Nano))
	}
	s := newSession(c, cod)
	s.keep = c.workload.stays && !codec.Once(cod) && !c.udp()
	return s, nil
}

// newSession takes a Config that is resolved.
func newSession(c Config, cod codec.Codec) *Session {
	return &Session{config: c, codec: cod, conns: make([]session, c.workers())}
}

// Config returns what a burst does, with the defaults filled in.
func (s *Session) Config() Config { return s.config }

// Open returns how many connections are open between bursts.
func (s *Session) Open() (n int) {
	for _, c := range s.conns {
		if c.nc != nil {
			n++
		}
	}
	return n
}

// Burst runs the workload once, to the bounds of the Config, as [Run] does. Every
// burst has the content of the first. Of the Result,
//   - Connections counts those that were made for this burst;
//   - TCP counts from the beginning of each connection;
//   - the histograms are valid until the next burst;
//   - Clock is of stamp alone, and View is nil: ask with a [Run] of their own;
//   - CPU and Allocs are 0: the process may have other sessions;
//   - Health, but for the schedule lag, is of this burst and of those shortly
//     before it: a burst alone may be too short to tell.
//
// None of its goroutines is left when it returns.
func (s *Session) Burst(ctx context.Context, o Observer) (Result, error) {
	for i, c := range s.conns {
		if c.nc != nil && !alive(c.nc) {
			c.nc.Close()
			s.conns[i] = session{}
		}
	}
	return s.run(ctx, o)
}

// Close closes the connections. A burst after it opens them again.
func (s *Session) Close() { closeAll(s.conns) }

// dial opens the connections that there are not, and tells which there were.
func (s *Session) dial(ctx context.Context) (kept []bool, err error) {
	kept = make([]bool, len(s.conns))
	for i, c := range s.conns {
		if kept[i] = c.nc != nil; kept[i] {
			_ = c.nc.SetDeadline(time.Time{}) // the last burst may have set one; if this fails, so will the burst
		}
	}
	if s.config.workload.self {
		return kept, nil
	}
	return kept, dialAll(ctx, &s.config, s.codec, s.conns)
}

// calibrate estimates the server's clock, once.
func (s *Session) calibrate() error {
	if s.clock != nil {
		return nil
	}
	o, err := calibrate(&s.config, s.codec, s.conns[0])
	if err != nil {
		s.Close() // it is not known what is under way
		return err
	}
	s.clock = &o
	return nil
}

// latencies returns an empty book.
func (s *Session) latencies() *book {
	if s.book == nil {
		s.book = newBook(&s.config)
	} else {
		s.book.reset()
	}
	return s.book
}

// settle forgets the connections that the workers have closed.
func (s *Session) settle(workers []*worker) {
	for i, w := range workers {
		if !w.keep {
			s.conns[i] = session{}
		}
	}
}
