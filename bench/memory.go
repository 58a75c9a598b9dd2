package bench

import (
	"context"
	"fmt"
	"net"
	"time"
)

// memoryConns is how many connections the memory of one is taken from.
const memoryConns = 16

// memoryMost is the longest message of which the half is held back.
const memoryMost = 1 << 20

// holdsMemory tells whether the memory of a connection is measured in a cell: it
// depends on the size of messages and on the framing, and on nothing else. Only
// of a server of ours it can be seen.
func (x *cell) holdsMemory(s *servers) bool {
	return s.ours != nil && x.refused == "" && (x.point.Factor == "" || x.point.Factor == "size") && x.contender.Floor != floorLoop && constantSize(x.point) > 0 && constantSize(x.point) <= memoryMost
}

// memory returns the bytes that a connection costs while the first half of a
// message of the point's size is there: heap and stacks of the server's process
// after a garbage collection. What pools happen to keep differs from round to
// round.
func (x *cell) memory(ctx context.Context, s *servers) (float64, error) {
	half, err := x.halfFrame()
	if err != nil {
		return 0, err
	}
	// Those of the trial before are closing: they are not to be in the first reading alone.
	before, err := s.settled(func(u used) bool { return u.Conns == 0 })
	if err != nil {
		return 0, fmt.Errorf("bench: memory of %s at %s: %w", x.contender.Name, x.point.Name, err)
	}
	var conns []net.Conn
	defer func() {
		for _, c := range conns {
			c.Close()
		}
	}()
	for range memoryConns {
		c, err := openSession(ctx, s.addr, x.codec)
		if err != nil {
			return 0, err
		}
		conns = append(conns, c)
	}
	opened, err := s.ours.used()
	for i := 0; i < len(conns) && err == nil; i++ {
		_, err = conns[i].Write(half)
	}
	var after used
	if err == nil {
		after, err = s.settled(func(u used) bool { return u.BytesIn-opened.BytesIn >= int64(len(half))*memoryConns })
	}
	if err != nil {
		return 0, fmt.Errorf("bench: memory of %s at %s: %w", x.contender.Name, x.point.Name, err)
	}
	return max(0, float64(after.Live-before.Live)/memoryConns), nil
}

// settled waits for what the server has counted, and returns what it has used
// after a collection.
func (s *servers) settled(ready func(used) bool) (used, error) {
	for deadline := time.Now().Add(neighbourWait); ; time.Sleep(time.Millisecond) {
		u, err := s.ours.used()
		switch {
		case err != nil:
			return u, err
		case ready(u):
			return s.ours.collect()
		case time.Now().After(deadline):
			return u, fmt.Errorf("the server has %d connections and took %d bytes", u.Conns, u.BytesIn)
		}
	}
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
