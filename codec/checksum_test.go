package codec

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"
)

// The FCS of sixteen bytes a step, and that of 64 by polynomials, is that of the shift register in RFC 1662, bit by bit, at any length
// and in any two parts.
func TestFCS16(t *testing.T) {
	eachWidth(func() { testFCS16(t) })
}

func testFCS16(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 600 {
		p := make([]byte, n)
		want := uint16(fcsStart)
		for i := range p {
			p[i] = byte(r.Uint32())
			for bit := range 8 {
				low := (want ^ uint16(p[i]>>bit)) & 1
				want = want>>1 ^ low*fcsPolynomial
			}
		}
		cut := r.IntN(n + 1)
		if got := fcs16(fcs16(fcsStart, p[:cut]), p[cut:]); got != want {
			t.Errorf("%d bytes: %04x, want %04x", n, got, want)
		}
	}
}

// textualLength is a framing that cannot carry any byte.
type textualLength struct{ Length }

func (textualLength) summing() summing { return summing{digits: true} }

func (c textualLength) WithLimit(max int) (Codec, error) { c.Max = max; return c, c.Validate() }

// In a framing for text the checksum is text.
func TestTextualChecksum(t *testing.T) {
	c, err := WithCRC32C(textualLength{Length{Width: 1}})
	if err != nil || Max(c) != 255-8 {
		t.Fatal(c, err)
	}
	wire, err := c.Append(nil, []byte("hi"))
	if want := "\x0ahif59dd9c2"; err != nil || string(wire) != want {
		t.Fatalf("got %q %v, want %q", wire, err, want)
	}
	for _, last := range []byte("2C\x00") {
		s := NewStream(c)
		wire[len(wire)-1] = last
		for frame, err := range s.Feed(bytes.Clone(wire)) {
			if good := last == '2'; good && (err != nil || string(frame) != "hi") || !good && !errors.Is(err, ErrBadChecksum) {
				t.Errorf("%q: got %q %v", wire, frame, err)
			}
		}
	}
}
