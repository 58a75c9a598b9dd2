package server

import (
	"cmp"
	"context"
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
	room         room
	records      recordQueue
	started      time.Time
	lane         traffics // of all connections on the lane
	faults       faults
	refusals     refusals
	only         *only
	conns        *connLogger // nil: connections are not logged
	root         *root       // nil: no files

	giving    sync.RWMutex // held for reading while a lane gives a connection back
	draining  atomic.Bool
	warned    atomic.Int64 // second of the last warning about a refused connection
	badRecord everySecond
	failed    chan error // receives when a listener ends by itself

	mu      sync.Mutex
	onLane  map[net.Conn]struct{}
	closed  bool // no connection may enter the lane
	lanes   sync.WaitGroup
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
	s := &Server{handlers: handlers, limits: limits, log: cfg.Logger, onLane: map[net.Conn]struct{}{}, failed: make(chan error, len(cfg.Listen))}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.framings.max = cmp.Or(limits.MaxFrame, codec.DefaultMax) // a peer cannot choose what we hold for it
	s.room = newRoom(limits.MaxConns)
	if s.udp, err = newUDPService(cfg.UDP); err != nil {
		return nil, err
	}
	s.started = time.Now()
	s.records = newRecordQueue(cfg.OnRecord, &s.stats)
	if s.root, err = openRoot(cfg.Root); err != nil {
		return nil, err
	}
	s.only = newOnly(cfg.OneClient)
	if cfg.LogConns {
		s.conns = newConnLogger(s.log)
	}
	for _, lc := range cfg.Listen {
		if err := s.add(lc, cfg.loops()); err != nil {
			s.close()
			return nil, err
		}
	}
	for _, l := range s.services { // complete: whoever is served may ask for Stats
		if err := l.start(cfg.loops(), gnetLogger{s.log}); err != nil {
			s.close()
			return nil, err
		}
	}
	for _, l := range s.listeners {
		go s.watch(l)
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

// watch reports a listener that ends although nobody stopped it. gnet returns
// no error from Run in that case (a failed accept ends the engine).
func (s *Server) watch(l *listener) {
	<-l.ended
	if !s.stopping() {
		err := l.err
		if err == nil {
			err = errors.New("accept failed; see the log") // gnet says no more
		}
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

// Shutdown takes no more connections, lets the transfers that run go on for
// the drain timeout or until ctx ends, then closes everything and waits until
// nothing of the server runs. It returns an error that tells how many
// transfers were cut, if any.
func (s *Server) Shutdown(ctx context.Context) error {
	var err error
	s.stopped.Do(func() { err = s.shutdown(ctx) })
	return err
}

func (s *Server) shutdown(ctx context.Context) error {
	s.startDraining()
	drain, cancel := context.WithTimeout(ctx, s.limits.DrainTimeout)
	defer cancel()
	s.drain(drain)
	cut := s.close()
	if cut > 0 {
		return fmt.Errorf("server: %d transfers were cut off after the drain timeout of %v", cut, s.limits.DrainTimeout)
	}
	return nil
}

// startDraining returns when whoever was on the way back to a loop has arrived;
// nobody else goes.
func (s *Server) startDraining() {
	s.giving.Lock()
	defer s.giving.Unlock()
	s.draining.Store(true)
}

// drain waits until no connection is on the lane and no datagrams are owed:
// connections on the loops owe nothing.
func (s *Server) drain(ctx context.Context) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for s.stats.Lanes.Load()+s.udp.transfers.active.Load() > 0 {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// close ends the engines, then UDP, then the lanes, and returns how many
// transfers there were.
func (s *Server) close() (cut int) {
	s.startDraining()
	for _, l := range s.listeners {
		l.stop()
	}
	cut = s.udp.transfers.close()
	for _, l := range s.udpListeners {
		l.stop()
	}
	s.mu.Lock()
	s.closed = true
	for nc := range s.onLane {
		nc.Close()
		cut++
	}
	s.mu.Unlock()
	s.lanes.Wait()
	if !s.records.close(s.limits.DrainTimeout) {
		s.log.Warn("records are lost: what takes them is blocked", "waiting", len(s.records.ch))
	}
	s.root.close()
	s.conns.close()
	return cut
}

// Draining tells that the server takes no more connections, because it stops.
func (s *Server) Draining() bool { return s.stopping() }

func (s *Server) stopping() bool { return s.draining.Load() }

// admit counts a new connection in, or returns the line that refuses it.
func (s *Server) admit(fd int) string {
	conns := s.stats.Conns.Add(1) // first: several loops ask at a time
	reason := "server is stopping"
	if !s.stopping() {
		if reason = s.room.refuse(fd, int(conns)); reason == "" {
			reason = s.only.refuse()
		}
	}
	if reason != "" {
		s.leave()
		s.stats.Refused.Add(1)
		s.refusals.add(reason)
		// One line a second: a flood of connections is not to be one of log.
		if now := time.Now().Unix(); s.warned.Swap(now) != now {
			s.log.Warn("connection refused", "reason", reason, "refused_so_far", s.stats.Refused.Load())
		}
		return "ERR " + reason + "\n"
	}
	s.stats.Accepted.Add(1)
	return ""
}

// gone counts c out. Its last owner calls it once, with why it ended if
// something failed.
func (c *conn) gone(err error) {
	c.countFrames()
	c.logClosed(err)
	c.lis.srv.leave()
}

// leave counts a connection out.
func (s *Server) leave() {
	if s.stats.Conns.Add(-1) == 0 {
		s.only.left()
	}
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
