package codec

import "weak"

const (
	carryFirst = 256      // the first allocation of a carry
	carryTrust = 4 << 10  // so many bytes make the length that a peer claims worth something, up to
	carryHint  = 64 << 10 // this many

	// A connection may keep so much capacity while it holds no byte: there may be 100,000 of them. It is room for 4 KiB of payload and
	// what stuffs them, and a size that the allocator has. To let go of a bigger one and find it again takes 30 ns a frame.
	carrySmall = 4864
)

// carry is the partial frame kept between chunks, and what a broken-out loop has not looked at.
//
//	buf   | frame delivered last, or nothing | held |  room  |
//	      0                                  at     len      cap
//
// It grows from bytes that came and never from a length that was claimed. The zero value is empty and holds no memory.
type carry struct {
	buf []byte
	at  int

	// A big buffer is let go as soon as it is empty: an idle connection must not pin the 16 MiB of its last frame. It is kept by a weak
	// pointer, though, so that a busy connection, which wants it back before the collector ran, does not allocate for each frame.
	big  *[]byte // holds buf, if that is a big one
	lost weak.Pointer[[]byte]

	tally
}

func (c *carry) held() []byte { return c.buf[c.at:] }

// add appends b to what is held. need is how many held bytes a frame will take, 0 if unknown. While pinned, the bytes before at are
// a frame that the caller still has, so they are left alone.
//
// What is held moves to the front as soon as it is no more than the room that it gains, so a byte moves at most once for each that
// was delivered, and the buffer need not be larger than a frame and a chunk.
func (c *carry) add(b []byte, need int, pinned bool) {
	if !pinned && c.at > 0 && (c.at >= len(c.buf)-c.at || len(b) > cap(c.buf)-len(c.buf)) {
		c.buf = c.buf[:copy(c.buf, c.held())]
		c.at = 0
		c.moved += int64(len(c.buf))
	}
	if len(b) > cap(c.buf)-len(c.buf) {
		held, size := c.held(), len(c.held())+len(b)
		if pinned {
			size += c.at // so that the next time it fits without an allocation
		}
		c.buf = append(c.take(size, growth(size, cap(c.buf), need)), held...)
		c.at = 0
		c.moved += int64(len(held))
	}
	c.buf = append(c.buf, b...)
	c.copied += int64(len(b))
}

// reserve makes room behind what is held for n bytes that a decoder makes from as many that came. most is the greatest size in all.
func (c *carry) reserve(n, most int) {
	if n > cap(c.buf)-len(c.buf) {
		size := len(c.buf) + n
		c.buf = append(c.take(size, max(size, min(growth(size, cap(c.buf), 0), most))), c.buf...)
	}
}

// take returns an empty buffer other than buf for size bytes: the one that was let go, which is memory anyhow, or a new one of the
// capacity fresh.
func (c *carry) take(size, fresh int) []byte {
	current := c.big
	c.big = nil
	if p := c.lost.Value(); p != nil && p != current && cap(*p) >= size {
		c.big = p
		return (*p)[:0]
	}
	b := make([]byte, 0, fresh)
	if cap(b) > carrySmall {
		p := b // apart, so that only a big buffer costs this allocation
		c.big, c.lost = &p, weak.Make(&p)
	}
	return b
}

// growth is the capacity for size bytes: twice the former, but not beyond the end of the frame. Once 4 KiB have come, up to 64 KiB
// are given at once; the claim of a peer that sent four bytes is worth no more than four bytes.
func growth(size, former, need int) int {
	n := max(carryFirst, size, 2*former)
	if size >= carryTrust {
		n = max(n, min(need, carryHint))
	}
	if need >= size {
		n = min(n, max(need, carryFirst))
	}
	switch { // not past what may be kept, for nothing
	case size <= carryTrust:
		n = min(n, carryTrust)
	case size <= carrySmall && need == 0:
		n = carrySmall
	}
	return n
}

// clear forgets what is held. A big buffer is let go; the frame in it, if any, lives as long as somebody has it.
func (c *carry) clear() {
	if len(c.buf) == 0 && c.at == 0 && c.big == nil {
		return // mostly: not to write is to leave the line as it is
	}
	if cap(c.buf) > carrySmall {
		c.buf = nil
	} else {
		c.buf = c.buf[:0]
	}
	c.at, c.big = 0, nil
}
