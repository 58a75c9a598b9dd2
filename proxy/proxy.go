package proxy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"syscall"
	"time"
)

// Config of a proxy. Only To must be set.
type Config struct {
	Listen      string        // host:port; "": 127.0.0.1:0
	To          string        // host:port, looked up anew for each connection
	Up          Spec          // from clients to the target
	Down        Spec          // from the target to clients
	MaxConns    int           // at a time; more wait to be accepted; 0: 4096
	DialTimeout time.Duration // to the target; 0: 10 s
	Events      int           // damages that a connection's report tells one by one, in each direction; 0: 1000
	OneOff      bool          // take one connection and end

	// OnClose is told of each connection when it is over, by one goroutine of that
	// connection: several may call at a time. It may be nil.
	OnClose func(Report)
}

func (c *Config) fill() error {
	c.Listen = cmp.Or(c.Listen, "127.0.0.1:0")
	c.MaxConns = cmp.Or(c.MaxConns, 4096)
	c.DialTimeout = cmp.Or(c.DialTimeout, 10*time.Second)
	c.Events = cmp.Or(c.Events, 1000)
	if _, port, err := net.SplitHostPort(c.To); err != nil || port == "" {
		return fmt.Errorf("proxy: to %q: want host:port", c.To)
	}
	if c.MaxConns < 0 || c.DialTimeout < 0 || c.Events < 0 {
		return fmt.Errorf("proxy: %d connections, %v to dial, %d events: want 0 or more", c.MaxConns, c.DialTimeout, c.Events)
	}
	return errors.Join(c.Up.Check(), c.Down.Check())
}

// Stats of a proxy, since it was started.
type Stats struct {
	Connections int64  `json:"connections"` // accepted
	Active      int64  `json:"active"`
	Unreached   int64  `json:"unreached"` // the target could not be: the client was reset
	Broken      int64  `json:"broken"`    // ended by a reset, the Spec's or a peer's
	Up          Counts `json:"up"`
	Down        Counts `json:"down"`
}

// Proxy passes connections on. All methods may be called from any goroutine.
type Proxy struct {
	cfg    Config
	ln     net.Listener
	ctx    context.Context
	cancel context.CancelFunc
	slots  chan struct{}
	over   chan struct{} // closed when nothing is accepted any more and no connection is left
	failed error         // of accepting; before over is closed

	mu    sync.Mutex
	conns map[*conn]struct{}
	stats Stats // of connections that are over, and numbers of them
}

// Start listens and returns; connections are served until Close.
func Start(cfg Config) (*Proxy, error) {
	if err := cfg.fill(); err != nil {
		return nil, err
	}
	var lc net.ListenConfig
	lc.SetMultipathTCP(false) // splice knows plain TCP only
	ln, err := lc.Listen(context.Background(), "tcp", cfg.Listen)
	if err != nil {
		if op := (*net.OpError)(nil); errors.As(err, &op) {
			err = op.Err // the rest says again what it was about
		}
		return nil, fmt.Errorf("proxy: listen tcp %s: %w", cfg.Listen, err)
	}
	p := &Proxy{cfg: cfg, ln: ln, slots: make(chan struct{}, cfg.MaxConns), over: make(chan struct{}), conns: map[*conn]struct{}{}}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	go p.run()
	return p, nil
}

// Addr returns where the proxy listens.
func (p *Proxy) Addr() net.Addr { return p.ln.Addr() }

// Done is closed when the proxy is over: closed, or OneOff and its connection has
// ended.
func (p *Proxy) Done() <-chan struct{} { return p.over }

// Close stops listening, resets the connections that are left, and returns when
// no goroutine of the proxy runs. The error is the one that had ended accepting
// before.
func (p *Proxy) Close() error {
	p.cancel()
	_ = p.ln.Close()
	p.mu.Lock()
	for c := range p.conns {
		c.cut(errClosed, nil)
	}
	p.mu.Unlock()
	<-p.over
	return p.failed
}

var errClosed = errors.New("proxy: closed")

// Stats returns what has been counted so far. Of a direction without impairments
// up to 16 MiB may not be counted yet.
func (p *Proxy) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.stats
	s.Active = int64(len(p.conns))
	for c := range p.conns {
		s.Up.add(c.counts[up].load())
		s.Down.add(c.counts[down].load())
	}
	return s
}

func (p *Proxy) run() {
	var all sync.WaitGroup
	defer func() {
		all.Wait()
		p.cancel()
		close(p.over)
	}()
	for p.ctx.Err() == nil {
		select {
		case p.slots <- struct{}{}:
		case <-p.ctx.Done():
			return
		}
		client, err := p.ln.Accept()
		if err != nil {
			<-p.slots
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if p.failed = p.pause(err); p.failed != nil {
				return
			}
			continue
		}
		c := p.admit(client.(*net.TCPConn))
		all.Go(func() {
			p.serve(c)
			<-p.slots
		})
		if p.cfg.OneOff {
			_ = p.ln.Close()
			return
		}
	}
}

// pause waits before the next try to accept if an error may go away: a lack of
// descriptors or memory, a peer that was gone already. Else it returns it.
func (p *Proxy) pause(err error) error {
	if !slices.ContainsFunc([]error{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.ECONNABORTED}, func(e error) bool { return errors.Is(err, e) }) {
		return fmt.Errorf("proxy: accept: %w", err)
	}
	select {
	case <-time.After(20 * time.Millisecond):
	case <-p.ctx.Done():
	}
	return nil
}

func (p *Proxy) admit(client *net.TCPConn) *conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := &conn{p: p, number: p.stats.Connections, client: client, begin: time.Now(), done: make(chan struct{})}
	p.stats.Connections++
	p.conns[c] = struct{}{}
	return c
}

// serve runs a connection to its end and enters it into the statistics.
func (p *Proxy) serve(c *conn) {
	unreached := c.dial(p.ctx)
	if unreached != nil {
		c.cut(fmt.Errorf("proxy: target not reached: %w", unreached), nil)
	} else {
		c.serve()
	}
	r := c.report()
	p.mu.Lock()
	delete(p.conns, c)
	p.stats.Up.add(r.Up.Counts)
	p.stats.Down.add(r.Down.Counts)
	switch {
	case unreached != nil:
		p.stats.Unreached++
	case r.Err != nil:
		p.stats.Broken++
	}
	p.mu.Unlock()
	if p.cfg.OnClose != nil {
		p.cfg.OnClose(r)
	}
}
