package cli_test

import (
	"bytes"
	"math/rand/v2"
	"testing"

	impairing "github.com/loadframe/loadframe/proxy"
)

// Each damage as often as asked for, exactly, and with one seed at the same
// places whatever the sender's writes were.
func TestProxyDamage(t *testing.T) {
	t.Parallel()
	const windows = 16
	sent := make([]byte, windows<<16)
	r := rand.NewChaCha8([32]byte{1})
	_, _ = r.Read(sent)
	for _, c := range []struct {
		spec  string
		count func(impairing.Counts) int64
		times int64 // of all
		grows int   // bytes of each
	}{
		{"flip=3/64KiB", func(c impairing.Counts) int64 { return c.Flipped }, 3 * windows, 0},
		{"drop=2/64KiB", func(c impairing.Counts) int64 { return c.Dropped }, 2 * windows, -1},
		{"insert=5/64KiB", func(c impairing.Counts) int64 { return c.Inserted }, 5 * windows, 1},
		{"dup=1/64KiB,duplen=16", func(c impairing.Counts) int64 { return c.Duplicated / 16 }, windows, 16},
	} {
		var first []byte
		for i, seed := range []string{"7", "7", "8"} {
			p := impair(t, "--up", c.spec+",seed="+seed)
			got := p.through(sent, []int{100_000, 1234, 100_000}[i])
			if want := len(sent) + int(c.times)*c.grows; len(got) != want {
				if c.grows <= 1 || len(got) != want-c.grows { // a range that the end cuts is not repeated
					t.Errorf("%s: %d bytes came of %d, want %d", c.spec, len(got), len(sent), want)
				}
			}
			if n := c.count(p.end().Up); n*int64(c.grows) != int64(len(got)-len(sent)) || c.grows <= 1 && n != c.times {
				t.Errorf("%s: %d counted, want %d", c.spec, n, c.times)
			}
			switch {
			case i == 0:
				first = got
			case bytes.Equal(first, got) != (seed == "7"):
				t.Errorf("%s: with seed %s the stream is the same as with 7: %t", c.spec, seed, seed != "7")
			}
			if c.grows == 0 {
				checkFlips(t, sent, got, 3)
			}
		}
		t.Logf("%-46s %10d, exactly", c.spec, c.times)
	}
}

// checkFlips expects so many bits in each window to differ, no two in one byte.
func checkFlips(t *testing.T, sent, got []byte, times int) {
	t.Helper()
	for w := 0; w < len(sent); w += 1 << 16 {
		n := 0
		for i := w; i < w+1<<16; i++ {
			if d := sent[i] ^ got[i]; d != 0 {
				if n++; d&(d-1) != 0 {
					t.Errorf("byte %d differs by %#x", i, d)
				}
			}
		}
		if n != times {
			t.Errorf("%d flips from %d on, want %d", n, w, times)
		}
	}
}
