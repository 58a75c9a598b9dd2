package codec_test

import (
	"math/rand/v2"
	"testing"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/codec/codectest"
)

// specs are the framings that the tests of this package run over: each name, and each key of a length field.
var specs = []string{
	"u8", "u16", "u16le", "u24", "u32", "u32le", "u64", "raw", "text",
	"u32:toolong=discard",
	"u16le:max=300,toolong=discard",
	"u8:adjust=-1",
	"length:width=5,order=le",
	"length:width=3,adjust=-3",
	"length:width=4,offset=1",
	"length:width=2,offset=3,head=010203,signed",
	"length:width=3,adjust=1,strip=4",
	"length:width=4,offset=3,adjust=1,trailer=ce",
	"length:width=2,trailer=0d0a,toolong=discard",
}

func parse(t testing.TB, spec string) codec.Codec {
	t.Helper()
	c, err := codec.Parse(spec)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCodecs(t *testing.T) {
	for _, spec := range specs {
		t.Run(spec, func(t *testing.T) { codectest.Run(t, parse(t, spec)) })
	}
}

// A kept head is part of the payload, and its field must tell the truth.
func TestKeptHead(t *testing.T) {
	for _, spec := range []string{"u16:strip=0", "length:width=4,offset=2,strip=0,trailer=ce", "length:width=4,offset=2,strip=3"} {
		t.Run(spec, func(t *testing.T) {
			c := parse(t, spec).(codec.Length)
			kept := c.Offset + c.Width - c.Strip
			codectest.Suite{Codec: c, Payload: func(r *rand.Rand, n int) []byte {
				if n < kept {
					return nil
				}
				p := make([]byte, n)
				for i := range p {
					p[i] = byte(r.Uint32())
				}
				v := n - kept + len(c.Trailer)
				for i := range c.Width {
					if at := c.Offset - c.Strip + i; at >= 0 {
						p[at] = byte(v >> (8 * (c.Width - 1 - i)))
					}
				}
				return p
			}}.Run(t)
		})
	}
}
