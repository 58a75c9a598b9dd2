package bench

import (
	"math/rand/v2"
	"strings"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/report"
)

// The kinds of payload with which framings are compared in memory. They are named as the client names its own, with one difference: no
// line of text holds a line feed, so that every framing carries text.
const (
	payloadZeros  = "zeros"
	payloadText   = "text"   // words, printable ASCII
	payloadRandom = "random" // seeded, all byte values
	payloadWorst  = "worst"  // what costs the framing most: room in Overheads, time in CodecCosts
)

// contestant is a contender whose framing was parsed.
type contestant struct {
	name  string
	codec codec.Codec
}

func contestants(cs []report.Contender) ([]contestant, error) {
	all := make([]contestant, len(cs))
	for i, c := range cs {
		cod, err := codec.Parse(c.Framing)
		if err != nil {
			return nil, err
		}
		all[i] = contestant{c.Name, cod}
	}
	return all, nil
}

// forSize is c for messages of size bytes. It is c itself where they need no framing of their own, or where there is none for them.
func (c contestant) forSize(size int) contestant {
	own := c.codec.String()
	framing := framingFor(own, int64(size))
	if framing == own {
		return c
	}
	if cod, err := codec.Parse(framing); err == nil {
		c.codec = cod
	}
	return c
}

// baseName is the name in a spec, without keys and without a checksum around it.
func baseName(spec string) string {
	name, _, _ := strings.Cut(spec, ":")
	name, _, _ = strings.Cut(name, "+")
	return name
}

// textOf returns n bytes that read like text.
func textOf(n int) []byte {
	const words = "the load frame stretches and crushes a sample until it breaks, and draws the curve 0123456789; "
	return []byte(strings.Repeat(words, n/len(words)+1)[:n])
}

// randomOf returns n bytes of all values. Two seeds have nothing in common.
func randomOf(seed, stream uint64, n int) []byte {
	var key [32]byte
	for i := range 8 {
		key[i], key[8+i] = byte(seed>>(8*i)), byte(stream>>(8*i))
	}
	p := make([]byte, n)
	rand.NewChaCha8(key).Read(p)
	return p
}

// roomiest returns n bytes that make the longest frame of c: the byte is repeated that makes a frame longest, which a framing with
// escapes doubles. Where all content takes the same room, or none is carried, it is zeros.
func roomiest(c codec.Codec, n int) []byte {
	trial := make([]byte, min(n, 1024)) // four blocks of cobs and more
	var wire []byte
	worst, longest := byte(0), -1
	for b := range 256 {
		fill(trial, byte(b))
		var err error
		if wire, err = c.Append(wire[:0], trial); err == nil && len(wire) > longest {
			worst, longest = byte(b), len(wire)
		}
	}
	p := make([]byte, n)
	fill(p, worst)
	return p
}

// slowest returns n bytes that keep c busiest: all of them must be escaped, begin a block, or look like the start of a delimiter. For a
// framing that does not look at its payload it is zeros.
func slowest(c codec.Codec, n int) []byte {
	spec := c.String()
	repeat := map[string]string{"line": "\r", "cobs": "\x00", "slip": "\xc0\xdb", "hdlc": "\x7e\x7d"}[baseName(spec)]
	if baseName(spec) == "delim" {
		repeat = string(keysOf(spec).hex("sep")[:1])
	}
	if repeat == "" {
		return make([]byte, n)
	}
	p := []byte(strings.Repeat(repeat, n/len(repeat)+1)[:n])
	if baseName(spec) == "line" && n > 0 {
		p[n-1] = 'x' // a carriage return there is not carried
	}
	return p
}

func fill(p []byte, b byte) {
	for i := range p {
		p[i] = b
	}
}
