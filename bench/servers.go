package bench

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/report"
	"github.com/loadframe/loadframe/server"
)

// servers are the far ends of an experiment: one server for all framings, since
// a session names its own, and the bare echo.
type servers struct {
	addr     string
	embedded *server.Server // nil: somebody else's
	bare     *bareEcho      // nil with it
}

// startServers starts them in this process, on loopback, or none where there is
// an address.
func startServers(addr string, cs []report.Contender) (*servers, error) {
	if addr != "" {
		return &servers{addr: addr}, nil
	}
	most := codec.DefaultMax // nobody else is there to be protected from
	for _, c := range cs {
		cod, err := codec.Parse(c.Framing)
		if err != nil {
			return nil, err
		}
		most = max(most, codec.Max(cod))
	}
	s, err := server.Start(server.Config{Listen: []server.Listener{{Network: "tcp", Address: "127.0.0.1:0"}}, Limits: server.Limits{MaxFrame: most}})
	if err != nil {
		return nil, err
	}
	bare, err := startBareEcho()
	if err != nil {
		return nil, errors.Join(err, s.Shutdown(context.Background()))
	}
	return &servers{addr: s.Addrs()[0].String(), embedded: s, bare: bare}, nil
}

func (s *servers) stop() error {
	if s.embedded == nil {
		return nil
	}
	s.bare.stop()
	ctx, cancel := context.WithCancel(context.Background())
	cancel() // nothing is owed to anybody
	if err := s.embedded.Shutdown(ctx); err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("bench: %w", err)
	}
	return nil
}

// addrFor returns where a contender's server listens.
func (s *servers) addrFor(c report.Contender) string {
	if c.Floor == FloorLoop {
		return s.bare.listener.Addr().String()
	}
	return s.addr
}

// calls returns the reads and writes of a contender's server so far; false if
// it has to be asked over the network.
func (s *servers) calls(c report.Contender) (reads, writes int64, ok bool) {
	switch {
	case s.embedded == nil:
		return 0, 0, false
	case c.Floor == FloorLoop:
		return s.bare.reads.Load(), s.bare.writes.Load(), true
	}
	st := s.embedded.Stats()
	return st.Reads, st.Writes, true
}

// serverCalls are those of a run, from begin on.
func (s *servers) since(c report.Contender, reads, writes int64, r *client.Result) (int64, int64, bool) {
	if now, wrote, ok := s.calls(c); ok {
		return now - reads, wrote - writes, true
	}
	if r.Server != nil {
		return r.Server.Reads, r.Server.Writes, true
	}
	return 0, 0, false
}

// bareEcho returns what it reads, a goroutine a connection.
type bareEcho struct {
	listener      net.Listener
	reads, writes atomic.Int64
	running       sync.WaitGroup
	mu            sync.Mutex
	conns         map[net.Conn]struct{}
}

// echoBuffer is what one read of the bare echo returns at most: as much as one of
// the event loop.
const echoBuffer = 64 << 10

func startBareEcho() (*bareEcho, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	b := &bareEcho{listener: l, conns: map[net.Conn]struct{}{}}
	b.running.Go(b.accept)
	return b, nil
}

func (b *bareEcho) accept() {
	for {
		c, err := b.listener.Accept()
		if err != nil {
			return
		}
		b.mu.Lock()
		b.conns[c] = struct{}{}
		b.mu.Unlock()
		b.running.Go(func() { b.serve(c) })
	}
}

func (b *bareEcho) serve(c net.Conn) {
	defer func() {
		c.Close()
		b.mu.Lock()
		delete(b.conns, c)
		b.mu.Unlock()
	}()
	buf := make([]byte, echoBuffer)
	for {
		n, err := c.Read(buf)
		b.reads.Add(1)
		if n > 0 {
			b.writes.Add(1)
			if _, werr := c.Write(buf[:n]); werr != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func (b *bareEcho) stop() {
	b.listener.Close()
	b.mu.Lock()
	for c := range b.conns {
		c.Close()
	}
	b.mu.Unlock()
	b.running.Wait()
}
