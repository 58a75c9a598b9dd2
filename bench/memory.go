package bench

import (
	"context"
	"fmt"
	"net"
	"runtime"
	"time"
)

// memoryConns is how many connections the memory of one is taken from.
const memoryConns = 16

// memoryMost is the longest message of which the half is held back.
const memoryMost = 1 << 20

// holdsMemory tells whether the memory of a connection is measured in a cell: it
// depends on the size of messages and on the framing, and on nothing else. Only
// of an embedded server it can be seen.
func (x *cell) holdsMemory(s *servers) bool {
	return s.embedded != nil && x.refused == "" && (x.point.Factor == "" || x.point.Factor == "size") && x.contender.Floor != FloorLoop && constantSize(x.point) > 0 && constantSize(x.point) <= memoryMost
}

// memory returns the bytes that a connection costs while the first half of a
// message of the point's size is there: heap and stacks of this process
// after a garbage collection, of which the client's part is one descriptor. What
// pools happen to keep differs from round to round.
func (x *cell) memory(ctx context.Context, s *servers) (float64, error) {
	half, err := x.halfFrame()
	if err != nil {
		return 0, err
	}
	for limit := time.Now().Add(neighbourWait); s.embedded.Stats().Conns > 0 && time.Now().Before(limit); {
		time.Sleep(time.Millisecond) // those of the trial before are closing: they are not to be in the first reading alone
	}
	before := inUse()
	var conns []net.Conn
	defer func() {
		for _, c := range conns {
			c.Close()
		}
	}()
	was := s.embedded.Stats().BytesIn
	for range memoryConns {
		c, err := openSession(ctx, s.addr, x.codec)
		if err != nil {
			return 0, err
		}
		conns = append(conns, c)
		if _, err := c.Write(half); err != nil {
			return 0, fmt.Errorf("bench: memory of %s at %s: %w", x.contender.Name, x.point.Name, err)
		}
	}
	// The server has it all when it has counted it all.
	deadline := time.Now().Add(neighbourWait)
	for s.embedded.Stats().BytesIn-was < int64(len(half))*memoryConns {
		if time.Now().After(deadline) {
			return 0, fmt.Errorf("bench: memory of %s at %s: the server took %d bytes of %d", x.contender.Name, x.point.Name, s.embedded.Stats().BytesIn-was, len(half)*memoryConns)
		}
		time.Sleep(time.Millisecond)
	}
	return max(0, float64(inUse()-before)/memoryConns), nil
}

// halfFrame returns the first half of one encoded message; nothing of raw, which
// has no halves.
func (x *cell) halfFrame() ([]byte, error) {
	if x.contender.Floor != "" {
		return nil, nil
	}
	message := make([]byte, constantSize(x.point))
	for i := range message {
		message[i] = 'x'
	}
	wire, err := x.codec.Append(nil, message)
	if err != nil {
		return nil, fmt.Errorf("bench: memory of %s at %s: %w", x.contender.Name, x.point.Name, err)
	}
	return wire[:len(wire)/2], nil
}

// inUse returns the bytes of live objects and of stacks.
func inUse() int64 {
	runtime.GC()
	runtime.GC() // what the first one put into the victim caches of pools
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}
