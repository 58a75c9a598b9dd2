package codectest

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/loadframe/loadframe/codec"
)

// Suite is a codec and how to test it. The zero value of Payload means random bytes.
type Suite struct {
	Codec codec.Codec

	// Payload returns a payload of n bytes that the codec carries unchanged, or nil if there is none of that size. A codec that
	// carries any payload needs none of it.
	Payload func(r *rand.Rand, n int) []byte

	// Lenient says that the end of the stream also ends a frame, or drops one, so that a stream cut short need not be an error.
	Lenient bool
	// Fill is how many bytes at the start of a frame may also stand between frames and mean nothing, as an opening flag: a stream that
	// ends behind them has ended between frames.
	Fill int
}

// Run checks all that a codec must keep: see Suite.Run.
func Run(t *testing.T, c codec.Codec) {
	t.Helper()
	Suite{Codec: c}.Run(t)
}

// Run checks the codec with a limit of at most 600 bytes, so that every cut of its limits can be tried.
func (s Suite) Run(t *testing.T) {
	if max := codec.Max(s.Codec); max > 600 {
		c, err := codec.WithMax(s.Codec, 600)
		if err != nil {
			t.Fatal(err)
		}
		s.Codec = c
	}
	if s.Payload == nil {
		s.Payload = random
	}
	t.Run("append", s.testAppend)
	t.Run("roundtrip", s.testRoundTrip)
	t.Run("cuts", s.testCuts)
	t.Run("damage", s.testDamage)
	t.Run("prefixes", s.testPrefixes)
	t.Run("progress", s.testProgress)
	t.Run("reader", s.testReader)
	t.Run("allocs", s.testAllocs)
}

func random(r *rand.Rand, n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(r.Uint32())
	}
	return p
}

func newRand() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

// payloads are the sizes where codecs break: nothing, one, around the limit, and some between, in a shuffled order.
func (s Suite) payloads(r *rand.Rand) [][]byte {
	limit := codec.Max(s.Codec)
	sizes := []int{0, 0, 1, 2, 3, 7, 64, limit - 1, limit, r.IntN(limit), r.IntN(limit)}
	r.Shuffle(len(sizes), func(i, j int) { sizes[i], sizes[j] = sizes[j], sizes[i] })
	var all [][]byte
	for _, n := range sizes {
		if n < 0 || n > limit {
			continue
		}
		if p := s.Payload(r, n); p != nil {
			all = append(all, p)
		}
	}
	return all
}

// session is payloads for one direction of one connection.
func (s Suite) session(r *rand.Rand) [][]byte {
	all := s.payloads(r)
	if codec.Once(s.Codec) {
		return all[:1]
	}
	return all
}

// wire encodes the payloads one after another and returns where the frames end. The explicit end of the stream, if the framing has
// one, is not there: see codec.End.
func (s Suite) wire(t *testing.T, payloads [][]byte) (wire []byte, ends []int) {
	t.Helper()
	for _, p := range payloads {
		var err error
		if wire, err = s.Codec.Append(wire, p); err != nil {
			t.Fatalf("%s: append of %d bytes: %v", s.Codec, len(p), err)
		}
		ends = append(ends, len(wire))
	}
	return wire, ends
}

// testAppend: Append keeps what is in dst, stays within Bound, refuses what is over the limit, and agrees with Envelope and Check.
func (s Suite) testAppend(t *testing.T) {
	c, r := s.Codec, newRand()
	prefix := []byte("prefix")
	for _, p := range s.payloads(r) {
		wire, err := c.Append(bytes.Clone(prefix), p)
		if err != nil {
			t.Fatalf("append of %d bytes: %v", len(p), err)
		}
		if !bytes.HasPrefix(wire, prefix) {
			t.Fatal("append changed what was in dst")
		}
		wire = wire[len(prefix):]
		if len(wire) > c.Bound(len(p)) {
			t.Fatalf("%d bytes became %d, bound %d", len(p), len(wire), c.Bound(len(p)))
		}
		if e, ok := c.(codec.Enveloper); ok {
			head, tail := e.Envelope(len(p))
			if got := bytes.Join([][]byte{head, p, tail}, nil); !bytes.Equal(got, wire) {
				t.Fatalf("envelope of %d bytes: head %x tail %x, append says %x", len(p), head, tail, wire)
			}
		}
		if ch, ok := c.(codec.Checker); ok && ch.Check(p) != nil {
			t.Fatalf("append takes %d bytes, check says %v", len(p), ch.Check(p))
		}
	}
	if !codec.Delimits(c) {
		return
	}
	over := s.Payload(r, codec.Max(c)+1)
	dst, err := c.Append(prefix, over)
	if !errors.Is(err, codec.ErrTooLong) || !bytes.Equal(dst, prefix) {
		t.Fatalf("append of one byte over the limit: %v, dst %q", err, dst)
	}
	if ch, ok := c.(codec.Checker); ok && !errors.Is(ch.Check(over), codec.ErrTooLong) {
		t.Fatalf("check of one byte over the limit: %v", ch.Check(over))
	}
}

// testRoundTrip: what was appended comes back, in order.
func (s Suite) testRoundTrip(t *testing.T) {
	r := newRand()
	for range 20 {
		payloads := s.session(r)
		wire, _ := s.wire(t, payloads)
		wire = append(wire, codec.End(s.Codec)...)
		events := Events(t, s.Codec, [][]byte{wire}, false)
		if !codec.Delimits(s.Codec) {
			if got, want := joined(t, events), bytes.Join(payloads, nil); !bytes.Equal(got, want) {
				t.Fatalf("joined frames are not what was sent: %d bytes, want %d", len(got), len(want))
			}
			continue
		}
		var want []Event
		for _, p := range payloads {
			want = append(want, Event{Frame: p})
		}
		if !equal(events, want) {
			t.Fatalf("got\n%s\nwant\n%s", text(events), text(want))
		}
	}
}

// testProgress: on any input, each Decode consumes, fails, or waits for more.
func (s Suite) testProgress(t *testing.T) {
	r := newRand()
	for range 300 {
		wire := random(r, r.IntN(300))
		for i := range wire { // many zeros and small values, where lengths and escapes live
			if r.IntN(2) == 0 {
				wire[i] = byte(r.IntN(4))
			}
		}
		d := s.Codec.NewDecoder()
		for pos, end, steps := 0, 0, 0; end <= len(wire); steps++ {
			if steps > 4*len(wire)+4 {
				t.Fatalf("no progress at byte %d of %x", pos, wire)
			}
			n, frame, err := d.Decode(wire[pos:end])
			switch {
			case n < 0 || n > end-pos:
				t.Fatalf("Decode of %d bytes returned %d", end-pos, n)
			case n == 0 && frame != nil:
				t.Fatal("Decode delivered a frame that takes no bytes")
			case n == 0 && err != nil:
				end = len(wire) + 1
			case n == 0:
				end++
			}
			pos += n
		}
	}
}

// testAllocs: no allocation in steady state, neither with whole chunks nor with cut ones, neither decoding nor encoding.
func (s Suite) testAllocs(t *testing.T) {
	payloads := s.payloads(newRand())
	wire, _ := s.wire(t, payloads)
	stream := codec.NewStream(s.Codec)
	for _, size := range []int{len(wire), 100, 7, 1} {
		if codec.Once(s.Codec) {
			break // the steady state of a stream with one message is not to be
		}
		chunks := Pieces(wire, size)
		n := testing.AllocsPerRun(20, func() {
			for _, chunk := range chunks {
				for _, err := range stream.Feed(chunk) {
					if err != nil {
						t.Fatal(err)
					}
				}
			}
		})
		if n != 0 {
			t.Errorf("decoding in chunks of %d bytes: %v allocations", size, n)
		}
	}
	dst := make([]byte, 0, len(wire))
	if n := testing.AllocsPerRun(20, func() {
		dst = dst[:0]
		for _, p := range payloads {
			dst, _ = s.Codec.Append(dst, p)
		}
	}); n != 0 {
		t.Errorf("encoding: %v allocations", n)
	}
}
