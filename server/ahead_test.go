package server

import (
	"math/rand/v2"
	"testing"
)

// The next is guessed when it is always the same, and nothing is made of it when
// not, or when there are few.
func TestAhead(t *testing.T) {
	for name, c := range map[string]struct {
		conns int
		next  func(at int) int
		many  bool
		want  bool
	}{
		"in order":          {1000, func(at int) int { return at + 1 }, true, true},
		"in order, few":     {50, func(at int) int { return at + 1 }, false, false},
		"out of order":      {1000, func(at int) int { return at + 1 + rand.IntN(999) }, true, false},
		"too many":          {len(ahead{}.turns) + 1, func(at int) int { return at + 1 }, true, false},
		"as many as it can": {len(ahead{}.turns) - 1, func(at int) int { return at + 1 }, true, true},
	} {
		a, cs, at := new(ahead), make([]conn, c.conns), 0
		for n := uint32(1); n < uint32(4*c.conns+4*crowdTurns); n++ {
			at = c.next(at) % len(cs)
			a.meets(&cs[at], nil, n, c.many)
			cs[at].met = n
		}
		if a.trust != c.want {
			t.Errorf("%s: %v, want %v", name, a.trust, c.want)
		}
	}
}
