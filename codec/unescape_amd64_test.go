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

// An esc that means nothing costs no more than the 512 bytes before it, wherever it stands.
func TestUnescapeStopsNear(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		payload := make([]byte, r.IntN(3000))
		for i := range payload {
			if payload[i] = byte(r.Uint32()); r.IntN(16) == 0 {
				payload[i] = "\xc0\xdb"[r.IntN(2)]
			}
		}
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
