package server

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"sync"

	"github.com/panjf2000/gnet/v2"
	"golang.org/x/sys/unix"

	"github.com/loadframe/loadframe/codec"
)

// listener is one address with its own gnet engine: so a connection's
// listener is known (gnet tells it by an address that may be ":0"), and the
// transports do not force options on each other.
type listener struct {
	srv     *Server
	cfg     Listener
	auto    bool
	opens   bool        // the handler speaks first
	codec   codec.Codec // of connections without a preface
	session session     // theirs
	addr    net.Addr    // as bound
	loop    *loop
	locals  sync.Map      // gnet.EventLoop -> *loopLocal
	ending  bool          // the engine is about to end; under Server.giving
	ended   chan struct{} // closed when the engine has ended
	err     error         // why; read it after ended
}

func newListener(s *Server, cfg Listener) (*listener, error) {
	c, name, err := cfg.resolve(&framings{max: s.limits.MaxFrame})
	if err != nil {
		return nil, err
	}
	h, err := s.handler(name, new(params))
	if err != nil {
		return nil, fmt.Errorf("server: listen %s %s: %w", cfg.Network, cfg.Address, err)
	}
	_, opens := h.(Opener)
	if cfg.Framing = cmp.Or(cfg.Framing, handlerFraming[name]); cfg.Framing == "" {
		if cfg.Framing = Auto; opens {
			cfg.Framing = "text"
		}
	}
	cfg.Handler = name
	return &listener{srv: s, cfg: cfg, auto: cfg.Framing == Auto, opens: opens, codec: c, session: sessionOf(name, c), ended: make(chan struct{})}, nil
}

// start returns when the listener listens, or with the reason why it cannot.
func (l *listener) start(loops int, logger gnetLogger) error {
	l.loop = &loop{lis: l, booted: make(chan error, 1)}
	go func() {
		defer close(l.ended)
		l.err = gnet.Run(l.loop, l.cfg.Network+"://"+l.cfg.Address,
			gnet.WithNumEventLoop(loops),
			// Not gnet.WithLockOSThread: on two cores it takes a quarter off echo's
			// p99 at 50 connections (4.0 to 2.6 ms), but one connection alone waits
			// twice as long (p50 27 to 54 µs): a locked loop that yields before it
			// blocks pays for two thread switches.
			gnet.WithReuseAddr(true), // gnet's default fails while old connections are in TIME_WAIT
			gnet.WithLogger(logger))
	}()
	var err error
	select {
	case err = <-l.loop.booted:
		if err != nil {
			<-l.ended
		}
	case <-l.ended:
		err = l.err
	}
	if err != nil {
		return fmt.Errorf("server: listen %s %s: %w", l.cfg.Network, l.cfg.Address, err)
	}
	return nil
}

// bound reads the real address from a duplicate of the listening descriptor
// (gnet knows the configured one only, with port 0), and sets what accepted
// connections are to inherit.
func (l *listener) bound(dup func() (int, error)) error {
	fd, err := dup()
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	// Not gnet.WithTCPKeepAlive: with it a failed bind is reported as whatever
	// setting the option on the closed descriptor says (listener_unix.go:126).
	setListenerOptions(fd)
	if n := l.srv.room.backlog(); n > 0 {
		if err := unix.Listen(fd, n); err != nil { // again, for the backlog: gnet sets the system's greatest
			return err
		}
	}
	sa, err := unix.Getsockname(fd)
	if err != nil {
		return err
	}
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		l.addr = &net.TCPAddr{IP: sa.Addr[:], Port: sa.Port}
	case *unix.SockaddrInet6:
		l.addr = &net.TCPAddr{IP: sa.Addr[:], Port: sa.Port}
	default:
		return fmt.Errorf("unexpected address %T", sa)
	}
	return nil
}

func (l *listener) local() net.Addr { return l.addr }

// stop ends the engine; what its connections have not sent is lost.
func (l *listener) stop() {
	if l.loop == nil {
		return // never started
	}
	select {
	case <-l.ended:
		return
	default:
	}
	// Stop looks every 500 ms whether the engine has ended; it says so earlier.
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go l.loop.engine.Stop(ctx)
	<-l.ended
}

// String is the line that serve prints.
func (l *listener) String() string {
	return fmt.Sprintf("%s %s framing=%s handler=%s", l.cfg.Network, l.addr, l.cfg.Framing, l.cfg.Handler)
}
