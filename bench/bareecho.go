package bench

import (
	"fmt"
	"net"
	"sync"
	"sync/atomic"
)

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
		if n > 0 {
			b.reads.Add(1)
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
