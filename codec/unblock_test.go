package codec

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// checkUnblock holds unblock against blocks taken one by one, and looks that it keeps to its slices.
func checkUnblock(t *testing.T, src []byte) {
	t.Helper()
	read, got := fenced(t, src, 300, unblock)
	var want []byte
	for rest := src[:read]; len(rest) > 0; {
		code := int(rest[0])
		if code == 0 || code > len(rest) {
			t.Fatalf("%x: read %d, a block of %d in the last %d", src, read, code, len(rest))
		}
		want = append(want, rest[1:code]...)
		if rest = rest[code:]; code != cobsFull {
			want = append(want, 0)
		}
	}
	if !bytes.Equal(got, want) {
		t.Fatalf("%x: %d bytes became %x, want %x", src, read, got, want)
	}
}

// Blocks of all lengths, and what is none: a code of 0, and one that goes on behind the end.
func TestUnblock(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		src := make([]byte, r.IntN(2000))
		odds := 1 + r.IntN(300)
		for i := range src {
			if src[i] = byte(r.Uint32()); r.IntN(odds) == 0 {
				src[i] = "\x00\x01\x02\x20\x21\x22\x40\x41\x42\xfe\xff"[r.IntN(11)]
			}
		}
		eachWidth(func() { checkUnblock(t, src) })
	}
}

func FuzzUnblock(f *testing.F) {
	f.Add(append(bytes.Repeat([]byte("\x03ab\x01\x05abcd"), 100), bytes.Repeat([]byte{0xff}, 600)...))
	f.Fuzz(func(t *testing.T, src []byte) { eachWidth(func() { checkUnblock(t, src) }) })
}
