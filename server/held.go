package server

import (
	"fmt"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/sysinfo"
)

// What one connection can make us hold is bounded by its frame limit, and many
// connections by this: frames that have begun and do not end, and replies to
// great frames that nobody reads, are counted together over all connections.
// Small ones are not, or a flood of great ones would keep everybody out.

const (
	// heldFree is what a connection may hold without being counted.
	heldFree = 64 << 10

	// heldShare is the part of the memory that they may have by default: the
	// collector lets the heap grow to twice what is in use.
	heldShare = 4

	// defaultHeld is that where the system does not tell its memory.
	defaultHeld = 1 << 30
)

func heldLimit() int64 {
	if n, ok := sysinfo.Memory(); ok {
		return n / heldShare
	}
	return defaultHeld
}

// weighs tells whether it is time to weigh c, n bytes after the last time it was
// asked: with each 64 KiB, and always while something is counted.
func (c *conn) weighs(n int) bool {
	return c.weighed > 0 || c.wireIn/heldFree != (c.wireIn-int64(n))/heldFree
}

// weigh counts what c holds, and refuses a frame that grows over the limit.
func (c *conn) weigh() {
	s, r := c.lis.srv, &c.r
	n := int64(c.stream.Buffered() + len(r.unsent()))
	if p, ok := r.body.(*pieces); ok {
		n += p.owed()
	}
	if n <= heldFree {
		n = 0
	}
	grown := n > c.weighed
	total := s.held.Add(n - c.weighed)
	c.weighed = n
	if !grown || total <= s.limits.MaxHeld || r.closing || r.owes() {
		return
	}
	s.refusals[refusedHeld].Add(1)
	c.refuse(fmt.Errorf("too many bytes in frames that are not complete: %d of all connections, limit %d", total, s.limits.MaxHeld))
	c.stream = *codec.NewStream(c.codec) // lets them go at once
	c.unweigh()
}

// unweigh counts nothing more of c.
func (c *conn) unweigh() {
	c.lis.srv.held.Add(-c.weighed)
	c.weighed = 0
}
