package client

import (
	"fmt"
	"math/rand/v2"

	"github.com/loadframe/loadframe/internal/units"
)

// The places at which [Config.Cuts] cuts what a connection writes, besides every
// so many bytes.
const (
	CutsWhole     = "whole"     // nowhere
	CutsRandom    = "random"    // pieces of 1 to 1448 bytes, seeded
	CutsHead      = "head"      // behind the first byte of each frame: inside its head, where that has two
	CutsDelimiter = "delimiter" // before the last byte of each frame: inside its delimiter, where that has two
)

// cutMost is the longest piece that is drawn: the segment of an Ethernet path.
const cutMost = 1448

// cutter cuts the writes of one connection; nil cuts none. Each piece is a write
// of its own, so with TCP_NODELAY a segment of its own unless the window is
// full. What the peer reads at once is another matter: if it is slower than the
// writes, pieces are there together. Its reads tell.
//
// A path that cuts could stand between (package proxy does), but its copies and
// system calls are more than what framings differ by.
type cutter struct {
	every  int // bytes; 0: not so
	random *rand.PCG
	tail   bool  // before the last byte of a frame, not behind its first
	ends   []int // of the frames in the present write
}

func parseCuts(spec string, seed uint64) (*cutter, error) {
	switch spec {
	case "", CutsWhole:
		return nil, nil
	case CutsRandom:
		return &cutter{random: rand.NewPCG(seed, 0)}, nil
	case CutsHead, CutsDelimiter:
		return &cutter{tail: spec == CutsDelimiter}, nil
	}
	n, err := units.ParseSize(spec)
	if err != nil || n < 1 || n > writePiece {
		return nil, fmt.Errorf("cuts %.32q: want %s, %s, %s, %s or 1 to %d bytes", spec, CutsWhole, CutsRandom, CutsHead, CutsDelimiter, writePiece)
	}
	return &cutter{every: int(n)}, nil
}

// pieces calls write for one piece of b after the other, and ends when it fails.
func (c *cutter) pieces(b []byte, write func([]byte) error) error {
	for at, frame := 0, 0; at < len(b); {
		next := len(b)
		switch {
		case c.every > 0:
			next = at + c.every
		case c.random != nil:
			next = at + 1 + int(c.random.Uint64()%cutMost)
		default:
			for ; next == len(b) && frame < len(c.ends); frame++ {
				if cut := c.cut(frame); cut > at {
					next = cut
				}
			}
		}
		next = min(next, len(b))
		if err := write(b[at:next]); err != nil {
			return err
		}
		at = next
	}
	return nil
}

// cut returns where frame i is cut. One of a single byte is not: where it
// begins or ends is a cut then.
func (c *cutter) cut(i int) int {
	if c.tail {
		return c.ends[i] - 1
	}
	if i == 0 {
		return 1
	}
	return c.ends[i-1] + 1
}
