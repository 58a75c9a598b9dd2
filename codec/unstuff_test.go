package codec

import (
	"bytes"
	"testing"
)

// What a frame that turned out bad has made room for is let go with it, though not a byte of it was kept.
func TestBadFrameLetsGo(t *testing.T) {
	s := NewStream(SLIP{TooLong: Discard})
	wire := append(bytes.Repeat([]byte{0xdb, 0xdc}, 8<<10), 0xdb, 0, 0xc0)
	bad := 0
	for _, err := range s.Feed(wire) {
		if err != nil {
			bad++
		}
	}
	if bad != 1 {
		t.Fatalf("%d errors", bad)
	}
	for _, out := range s.dec.(*slipDecoder).outs {
		if cap(out.buf) > carrySmall || out.big != nil {
			t.Errorf("%d bytes are kept", cap(out.buf))
		}
	}
}
