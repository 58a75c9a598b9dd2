package pattern

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"math/big"
	"testing"
)

func TestPeriodIsPrime(t *testing.T) {
	if !big.NewInt(Period).ProbablyPrime(20) {
		t.Fatalf("Period %d is not prime", Period)
	}
}

// Two builds of different age must agree on the content.
func TestContentIsFixed(t *testing.T) {
	b := make([]byte, 1<<20)
	Seeded(7).ReadAt(b, 1<<40)
	sum := sha256.Sum256(b)
	const want = "f2a5f164b5ce14e9473ec2dba5e68c9dac5e19bf3b7cb4a36a0d72ae0586bb85"
	if got := hex.EncodeToString(sum[:]); got != want {
		t.Errorf("content of seed 7 at 1<<40: sha256 %s, want %s", got, want)
	}
}

func TestSliceAgreesWithReadAt(t *testing.T) {
	for _, c := range []Content{Seeded(0), Seeded(1), Filled('A'), Filled(0)} {
		for _, off := range []int64{0, 1, Period - 1, Period, Period + 1, 1<<62 - 1} {
			for _, n := range []int{0, 1, 1000, Period, MaxSlice, MaxSlice + 1, 1 << 20} {
				s := c.Slice(off, n)
				if n > 0 && len(s) == 0 || len(s) > n || len(s) > MaxSlice {
					t.Fatalf("Slice(%d, %d) has %d bytes", off, n, len(s))
				}
				want := make([]byte, len(s))
				for i := range want {
					c.ReadAt(want[i:i+1], off+int64(i))
					if i == 300 { // byte by byte is slow; the rest in one go
						c.ReadAt(want[i:], off+int64(i))
						break
					}
				}
				if !bytes.Equal(s, want) {
					t.Fatalf("Slice(%d, %d) differs from ReadAt", off, n)
				}
			}
		}
	}
}

func TestFilled(t *testing.T) {
	b := make([]byte, 3*Period)
	Filled('A').ReadAt(b, 12345)
	if !bytes.Equal(b, bytes.Repeat([]byte("A"), len(b))) {
		t.Error("Filled('A') holds something else")
	}
}

// What damage does to a file must show at the right place.
func TestCheckFindsTheDamage(t *testing.T) {
	const size = 1 << 20
	c := Seeded(42)
	good := make([]byte, size)
	c.ReadAt(good, 0)
	if at := c.Check(0, good); at != -1 {
		t.Fatalf("Check of the content itself: %d", at)
	}
	cut := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	for _, block := range []int{1, 16, 1448, 4096, 65536, 128 << 10} {
		at := 2 * block
		cases := map[string][]byte{
			"lost":     cut(good[:at], good[at+block:]),
			"repeated": cut(good[:at], good[at-block:at], good[at:]),
			"swapped":  cut(good[:at], good[at+block:at+2*block], good[at:at+block], good[at+2*block:]),
		}
		for name, bad := range cases {
			// A neighbouring byte is the same one time in 256.
			if got := c.Check(0, bad); got < at || got > at+8 {
				t.Errorf("%s block of %d at %d: found at %d", name, block, at, got)
			}
		}
	}
	for _, at := range []int{0, 1, Period, MaxSlice - 1, MaxSlice, size - 1} {
		bad := bytes.Clone(good)
		bad[at] ^= 0x10
		if got := c.Check(0, bad); got != at {
			t.Errorf("flipped bit at %d: found at %d", at, got)
		}
	}
}

func TestSeedsDiffer(t *testing.T) {
	seen := map[int64]uint64{}
	for seed := range uint64(64) {
		c := Seeded(seed)
		if other, ok := seen[c.phase]; ok {
			t.Errorf("seeds %d and %d have one content", seed, other)
		}
		seen[c.phase] = seed
	}
}

func BenchmarkCheck(b *testing.B) {
	buf := make([]byte, 1<<20)
	c := Seeded(3)
	c.ReadAt(buf, 99)
	b.SetBytes(int64(len(buf)))
	for b.Loop() {
		if c.Check(99, buf) != -1 {
			b.Fatal("differs")
		}
	}
}

// A run does not wrap, and Check finds the first wrong byte wherever a run begins,
// ends or is begun in its middle, also of contents with a short page.
func TestRuns(t *testing.T) {
	letters, _ := Named(Letters, 3)
	for name, c := range map[string]Content{"seeded": Seeded(7), "filled": Filled('A'), "repeated": Repeat([]byte("0123456789")), Letters: letters} {
		run := int64(c.max)
		for _, offset := range []int64{0, 1, run - 1, run, run + 1, 3*run - 5000, 1 << 40} {
			if in := offset % run; in > 0 && c.Run(offset) != c.Run(offset-in)+int(in) {
				t.Errorf("%s: %d lies at %d, its run begins at %d", name, offset, c.Run(offset), c.Run(offset-in))
			}
			for _, n := range []int{1, runMin - 1, runMin, 10_000, c.max, c.max + 10_000} {
				got := make([]byte, n)
				c.ReadAt(got, offset)
				if at := c.Check(offset, got); at >= 0 {
					t.Fatalf("%s: %d bytes at %d differ at %d", name, n, offset, at)
				}
				for _, bad := range []int{0, n / 2, n - 1} {
					got[bad] ^= 1
					if at := c.Check(offset, got); at != bad {
						t.Fatalf("%s: %d bytes at %d: byte %d is wrong, found %d", name, n, offset, bad, at)
					}
					got[bad] ^= 1
				}
			}
		}
	}
}
