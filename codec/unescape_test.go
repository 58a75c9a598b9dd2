package codec

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// checkUnescape holds unescape against bytes taken one by one, and looks that it keeps to its slices.
func checkUnescape(t *testing.T, e *escapes, src []byte) {
	t.Helper()
	read, got := fenced(t, src, 40, e.unescape)
	var want []byte
	for rest := src[:read]; len(rest) > 0; rest = rest[1:] {
		b := rest[0]
		if b == e.esc {
			if rest = rest[1:]; len(rest) == 0 || e.plain[rest[0]] == badCode {
				t.Fatalf("%x: read %d, an esc without a good code", src, read)
			}
			b = byte(e.plain[rest[0]])
		}
		want = append(want, b)
	}
	if !bytes.Equal(got, want) {
		t.Fatalf("%x: %d bytes became %x, want %x", src, read, got, want)
	}
}

func TestUnescape(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		src := make([]byte, r.IntN(200))
		odds := 1 + r.IntN(60)
		for i := range src {
			if src[i] = byte(r.Uint32()); r.IntN(odds) == 0 {
				src[i] = "\xdb\xdb\xdc\xdd\x7d\x7d"[r.IntN(6)]
			} else if i > 0 && src[i-1] == 0xdb {
				src[i] = "\xdc\xdd\xdc\xdb"[r.IntN(4)]
			}
		}
		eachWidth(func() {
			checkUnescape(t, slipEscapes, src)
			checkUnescape(t, hdlcEscapes, src)
		})
	}
}

func FuzzUnescape(f *testing.F) {
	f.Add([]byte("0123456789012345678901234567890\xdb\xdc0123456789012345678901234567890123456789\xdb"))
	f.Add(bytes.Repeat([]byte("a line of 64 bytes with one \xdb\xdc, and another at its end\xdb\xdd\xdb"), 20))
	f.Fuzz(func(t *testing.T, src []byte) {
		eachWidth(func() {
			checkUnescape(t, slipEscapes, src)
			checkUnescape(t, hdlcEscapes, src)
		})
	})
}

// unescape beside the search and copy for each run, which is what there is without it.
func BenchmarkUnescape(b *testing.B) {
	payload := make([]byte, 4096)
	rand.NewChaCha8([32]byte{1}).Read(payload)
	wire, _ := SLIP{}.Append(nil, payload)
	wire = wire[:len(wire)-1]
	dst := make([]byte, len(wire))
	b.Run("unescape", func(b *testing.B) {
		for b.Loop() {
			slipEscapes.unescape(dst, wire)
		}
	})
	b.Run("runs", func(b *testing.B) {
		for b.Loop() {
			out, rest := dst[:0], wire
			for {
				i := bytes.IndexByte(rest, 0xdb)
				if i < 0 {
					copy(out[len(out):cap(out)], rest)
					break
				}
				out = append(append(out, rest[:i]...), byte(slipEscapes.plain[rest[i+1]]))
				rest = rest[i+2:]
			}
		}
	})
}
