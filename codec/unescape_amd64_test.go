package codec

import (
	"math/rand/v2"
	"testing"
)

// What unescapeWide leaves, unescapeSSE2 takes, and nobody would notice: of good codes it must leave nothing, but an esc at the end.
func TestUnescapeWideLeavesNothing(t *testing.T) {
	if !wide {
		t.Skip("no AVX-512")
	}
	r := rand.New(rand.NewPCG(5, 6))
	for range 5000 {
		payload := make([]byte, r.IntN(1500))
		for i := range payload {
			if payload[i] = byte(r.Uint32()); r.IntN(8) == 0 {
				payload[i] = "\xc0\xdb\x7d\x7e"[r.IntN(4)]
			}
		}
		for _, e := range []*escapes{slipEscapes, hdlcEscapes} {
			src := e.appendStuffed(nil, payload)
			whole := len(src)
			if r.IntN(2) == 0 {
				src = append(src, e.esc)
			}
			if len(src) == 0 {
				continue
			}
			dst := make([]byte, len(src))
			read, wrote := unescapeWide(&dst[0], &src[0], len(src), e.esc, min(e.escCode, e.flagCode), e.matrix)
			if read != whole || string(dst[:wrote]) != string(payload) {
				t.Fatalf("%x: read %d of %d, wrote %x", src, read, whole, dst[:wrote])
			}
		}
	}
}
