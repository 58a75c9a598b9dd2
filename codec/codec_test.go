package codec_test

import (
	"math/rand/v2"
	"strings"
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
	"uvarint",
	"uvarint:bytes=4,lead=1,head=30,minimal",
	"uvarint:bytes=10,bits=64,lead=3,max=300,toolong=discard",
	"netstring",
	"netstring:max=300,toolong=discard",
}

// delimited are framings that refuse some payloads: made of these bytes alone, and with this end, they are carried.
var delimited = []struct{ spec, letters, end string }{
	{"line", "ab\r\x00", ""},
	{"line:cr=keep,toolong=discard,max=300", "ab\r", ""},
	{"line:tail=deliver", "ab", ""},
	{"line:tail=drop,toolong=discard", "ab", ""},
	{"delim:sep=0a", "ab\r", ""},
	{"delim:sep=0d0a", "ab\r", ""},
	{"delim:sep=0d0a0d0a,toolong=discard", "a\r", ""},
	{"delim:sep=616261,toolong=discard,max=300", "bc", ""},
	{"delim:sep=2c/0d0a/61623b,toolong=discard", "\rab", ""},
	{"delim:sep=0d0a/0a,keep", "ab\r", "b\r\n"},
	{"delim:sep=0d0a0d0a,tail=deliver,toolong=discard", "ab", ""},
	{"delim:sep=3b/0d0a,keep,tail=drop", "ab\r", ";"},
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

func TestDelimited(t *testing.T) {
	for _, d := range delimited {
		t.Run(d.spec, func(t *testing.T) {
			c := parse(t, d.spec)
			codectest.Suite{Codec: c, Lenient: strings.Contains(d.spec, "tail="), Payload: func(r *rand.Rand, n int) []byte {
				if n < len(d.end) {
					return nil
				}
				p := make([]byte, n)
				for i := range p {
					p[i] = d.letters[r.IntN(len(d.letters))]
				}
				if n > 0 && d.end == "" {
					p[n-1] = 'b' // which begins no delimiter, and is not dropped
				}
				copy(p[n-len(d.end):], d.end)
				return p
			}}.Run(t)
		})
	}
}

func TestFixed(t *testing.T) {
	for i, size := range []int{1, 7, 600, 1, 7, 600} {
		var c codec.Codec = codec.Fixed{Size: size}
		if i > 2 { // its size is that of the payload
			c, _ = codec.WithCRC32C(c)
		}
		if codec.Max(c) != size {
			t.Errorf("%s carries %d bytes", c, codec.Max(c))
		}
		codectest.Suite{Codec: c, Payload: func(r *rand.Rand, n int) []byte {
			p := make([]byte, max(n, size)) // there is no other size, unless one over the limit is asked for
			for i := range p {
				p[i] = byte(r.Uint32())
			}
			return p
		}}.Run(t)
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
