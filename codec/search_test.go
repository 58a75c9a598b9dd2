package codec

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// checkSearch holds search against a loop, with what is sought on both sides of p.
func checkSearch(t *testing.T, p []byte, c byte) {
	t.Helper()
	want := -1
	for i, b := range p {
		if b == c {
			want = i
			break
		}
	}
	around := append(append([]byte{c}, p...), c)
	if got := search(around[1:len(around)-1], c); got != want {
		t.Fatalf("%d bytes: %#02x is found at %d, and is at %d", len(p), c, got, want)
	}
	if bytes.IndexByte(near(p), c) < 0 && len(p) > searchNear {
		if got := searchOn(around[1:len(around)-1], c); got != want {
			t.Fatalf("%d bytes: %#02x is found at %d from %d on, and is at %d", len(p), c, got, searchNear, want)
		}
	}
}

// Wherever it is, and however many bytes there are: in the first ones, in one of four blocks, in what is left of them, and twice.
func TestSearch(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	eachWidth(func() {
		for n := range searchNear + 700 {
			p := bytes.Repeat([]byte{'a'}, n)
			checkSearch(t, p, '\n')
			for range 8 {
				if n > 0 {
					p[r.IntN(n)] = '\n'
				}
				checkSearch(t, p, '\n')
				checkSearch(t, p, 'a')
			}
		}
		for at := range searchNear + 700 {
			p := make([]byte, searchNear+700)
			p[at] = 0xff
			checkSearch(t, p, 0xff)
		}
	})
}
