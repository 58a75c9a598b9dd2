package server

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/loadframe/loadframe/codec"
)

// Server is a running server; [Start] makes one. Its methods may be called by
// any goroutine.
type Server struct {
	limits       Limits
	handlers     map[string]newHandler
	framings     framings // that sessions ask for
	log          *slog.Logger
	services     []service // all, in the order of the configuration
	listeners    []*listener
	udp          *udpService
	udpListeners []*udpListener
	stats        counters
	refusals     [refusalCount]atomic.Int64
	room         room
	held         atomic.Int64 // see held.go
	records      recordQueue
	started      time.Time
	lane         traffics // of all connections on the lane
	instances    instances
	faults       faults
	only         *only
	conns        *connLogger // nil: connections are not logged
	root         *root       // nil: no files
	badRecord    everySecond
	reserve      reserve
	loop         loop
	coming       chan arrival
	returning    chan struct{} // has a place for each connection on its way back to a loop
	meeting      sync.WaitGroup

	giving       sync.RWMutex // held for reading while something is given to a loop
	draining     atomic.Bool
	stop         chan struct{} // closed when draining begins
	cut          chan struct{} // closed when it is over
	cuts         atomic.Int64  // transfers that were cut then
	warned       everySecond   // about a refused connection
	warnedAccept everySecond   // about a failed accept
	failed       chan error    // receives when a listener ends by itself

	mu      sync.Mutex
	onLane  map[net.Conn]struct{}
	closed  bool           // no connection may enter the lane
	lanes   sync.WaitGroup // goroutines that own connections
	watch   sync.WaitGroup
	stopped sync.Once
}

// Start checks cfg and returns when every listener listens. On an error
// nothing is left behind.
func Start(cfg Config) (*Server, error) {
	limits, err := cfg.Limits.withDefaults()
	if err != nil {
		return nil, err
	}
	if len(cfg.Listen) == 0 {
		return nil, errors.New("server: no address to listen to")
	}
	handlers, err := allHandlers(cfg.Handlers)
	if err != nil {
		return nil, err
	}
	s := &Server{handlers: handlers, limits: limits, log: cfg.Logger, onLane: map[net.Conn]struct{}{},
		stop: make(chan struct{}), cut: make(chan struct{}), failed: make(chan error, len(cfg.Listen))}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.framings.max = cmp.Or(limits.MaxFrame, codec.DefaultMax) // a peer cannot choose what we hold for it
	if s.udp, err = newUDPService(cfg.UDP); err != nil {
		return nil, err
	}
	if s.root, err = openRoot(cfg.Root); err != nil {
		return nil, err
	}
	s.started = time.Now()
	s.records = newRecordQueue(cfg.OnRecord, &s.stats)
	s.only = newOnly(cfg.OneClient)
	if cfg.LogConns {
		s.conns = newConnLogger(s.log)
	}
	s.room.init(limits, &s.stats.AddrRateWaits)
	s.coming, s.returning = make(chan arrival, s.room.coming()), make(chan struct{}, s.room.returning())
	s.reserve.take()
	s.loop.srv = s
	if err := s.listen(cfg); err != nil {
		s.close()
		return nil, err
	}
	s.room.base = s.reserve.above()
	if have := s.room.fds - s.room.base; limits.MaxConns > have {
		s.log.Warn("the connection limit is more than descriptors allow", "limit", limits.MaxConns, "connections", have, "descriptors", s.room.limit)
	}
	for _, l := range s.listeners { // all listen: now connections may come
		l.accepter.Go(l.accept)
	}
	s.meeting.Go(s.meetComing)
	if limits.IdleTimeout > 0 {
		s.watch.Go(s.watchIdle)
	}
	return s, nil
}

// service is a listener of either kind.
type service interface {
	start(loops int, logger gnetLogger) error
	local() net.Addr // as bound, once it has started
	String() string
}

func (s *Server) add(lc Listener, loops int) error {
	if lc.IsUDP() {
		l, err := newUDPListener(s, lc, loops)
		if err == nil {
			s.udpListeners, s.services = append(s.udpListeners, l), append(s.services, l)
		}
		return err
	}
	l, err := newListener(s, lc)
	if err == nil {
		s.listeners, s.services = append(s.listeners, l), append(s.services, l)
	}
	return err
}

// listen makes all sockets. The list of services is complete before the first
// one serves: whoever is served may ask for Stats.
func (s *Server) listen(cfg Config) error {
	loops := cfg.loops()
	for _, lc := range cfg.Listen {
		if err := s.add(lc, loops); err != nil {
			return err
		}
	}
	if cfg.Alone {
		spareProcessor(loops)
	}
	for _, l := range s.services {
		if err := l.start(loops, gnetLogger{s.log}); err != nil {
			return err
		}
	}
	return s.loop.start(loops, gnetLogger{s.log})
}

// fail reports a listener that cannot accept any more, although nobody closed it.
func (s *Server) fail(l *listener, err error) {
	if !s.stopping() {
		s.failed <- fmt.Errorf("server: listener %s ended by itself: %w", l, err)
	}
}

// Failed receives an error if a listener ends by itself; the server should then
// be shut down.
func (s *Server) Failed() <-chan error { return s.failed }

// Addrs returns the addresses as bound, in the order of Config.Listen.
func (s *Server) Addrs() []net.Addr {
	var addrs []net.Addr
	for _, l := range s.services {
		addrs = append(addrs, l.local())
	}
	return addrs
}

// Listening returns a line for each listener: transport, address as bound,
// framing (not of UDP) and handler.
func (s *Server) Listening() []string {
	var lines []string
	for _, l := range s.services {
		lines = append(lines, l.String())
	}
	return lines
}

// admit counts a new connection in, or returns the line that refuses it.
func (s *Server) admit(nc net.Conn) (*peer, refusal, string) {
	conns := s.stats.Conns.Add(1) // first: several goroutines ask at a time
	if s.stopping() {
		s.stats.Conns.Add(-1)
		return nil, refusedStopping, "server is stopping"
	}
	p, why, text := s.room.enter(nextDescriptor(nc), int(conns), peerAddr(nc))
	if text == "" {
		if text = s.only.refuse(); text != "" {
			why = refusedOneClient
			s.room.leave(p)
		}
	}
	if text != "" {
		s.stats.Conns.Add(-1)
	}
	return p, why, text
}

// gone counts c out. Its last owner calls it once, with why it ended if
// something failed.
func (c *conn) gone(err error) {
	c.count(0)
	c.logClosed(err)
	s := c.lis.srv
	c.unweigh()
	s.room.leave(c.from)
	s.stats.Conns.Add(-1)
	s.only.left()
	c.session.instance.leave() // last: who finds it at 0 finds all counted
}

// enterLane registers a connection so that close finds it; false means that
// the server has closed.
func (s *Server) enterLane(nc net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.onLane[nc] = struct{}{}
	s.lanes.Add(1)
	s.stats.Lanes.Add(1)
	return true
}

func (s *Server) exitLane(nc net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.onLane, nc)
	s.stats.Lanes.Add(-1)
}
