package codec

import (
	"math/rand/v2"
	"testing"
)

// sprinkled returns n random bytes, of which one in so many is any of some.
func sprinkled(r *rand.Rand, n, so int, some string) []byte {
	p := make([]byte, n)
	for i := range p {
		if p[i] = byte(r.Uint32()); r.IntN(so) == 0 {
			p[i] = some[r.IntN(len(some))]
		}
	}
	return p
}

// What unescapeWide leaves, unescapeSSE2 takes, and nobody would notice: of good codes it must leave nothing, but an esc at the end.
func TestUnescapeWideLeavesNothing(t *testing.T) {
	if !wide {
		t.Skip("no AVX-512")
	}
	r := rand.New(rand.NewPCG(5, 6))
	for range 5000 {
		payload := sprinkled(r, r.IntN(1500), 8, "\xc0\xdb\x7d\x7e")
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

// An esc that means nothing costs no more than the 512 bytes before it, wherever it stands.
func TestUnescapeStopsNear(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		payload := sprinkled(r, r.IntN(3000), 16, "\xc0\xdb")
		src := slipEscapes.appendStuffed(nil, payload)
		bad := len(src)
		src = append(src, 0xdb, "\xdb\xda\xde\x00\xc0"[r.IntN(5)])
		src = append(src, payload[:r.IntN(len(payload)+1)]...)
		eachWidth(func() {
			checkUnescape(t, slipEscapes, src)
			read, _ := slipEscapes.unescape(make([]byte, len(src)), src)
			if read > bad || read < bad-512 {
				t.Fatalf("read %d of %d good bytes", read, bad)
			}
		})
	}
}
