package codectest

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/loadframe/loadframe/codec"
)

// testCuts: any cut of a good stream gives the same frames.
func (s Suite) testCuts(t *testing.T) {
	r := newRand()
	wire, _ := s.wire(t, s.session(r))
	s.cuts(t, r, append(wire, codec.End(s.Codec)...))
}

// testDamage: any cut of a damaged stream gives the same frames and the same errors.
func (s Suite) testDamage(t *testing.T) {
	r := newRand()
	for range 12 {
		payloads := s.session(r)
		wire, _ := s.wire(t, payloads[:min(4, len(payloads))])
		wire = append(wire, codec.End(s.Codec)...)
		for range 1 + r.IntN(3) {
			i := r.IntN(len(wire) + 1)
			switch r.IntN(3) {
			case 0:
				wire = append(wire[:i:i], wire[min(i+1, len(wire)):]...)
			case 1:
				wire = append(wire[:i:i], append([]byte{byte(r.Uint32())}, wire[i:]...)...)
			default:
				if i < len(wire) {
					wire[i] ^= byte(1 + r.IntN(255))
				}
			}
		}
		s.cuts(t, r, wire)
	}
}

// cuts compares the events of wire in one piece with those of other cuts: each byte, every two-way cut (a sample of a long wire),
// random cuts, and each of them with a loop that is left at every frame.
func (s Suite) cuts(t *testing.T, r *rand.Rand, wire []byte) {
	t.Helper()
	whole := Events(t, s.Codec, [][]byte{wire}, false)
	same := func(what string, chunks [][]byte) {
		for _, leave := range []bool{false, true} {
			got := Events(t, s.Codec, chunks, leave)
			if _, raw := s.Codec.(codec.Raw); raw { // the one framing where a cut is meant to show
				if !bytes.Equal(joined(t, got), wire) {
					t.Fatalf("%s: joined frames are not the stream", what)
				}
				continue
			}
			if !equal(got, whole) {
				t.Helper()
				t.Fatalf("%s, leave=%t:\n%x\ngot\n%s\nwant\n%s", what, leave, wire, text(got), text(whole))
			}
		}
	}
	same("whole", [][]byte{wire})
	same("each byte", Pieces(wire, 1))
	same("with empty chunks", append(Cut(wire, 0, len(wire)/2, len(wire)/2), nil))
	step := 1 + len(wire)/200
	for i := 0; i <= len(wire); i += step {
		same("two-way cut", Cut(wire, i))
	}
	for range 50 {
		most := 1 + r.IntN(200)
		var at []int
		for i := r.IntN(most); i < len(wire); i += 1 + r.IntN(most) {
			at = append(at, i)
		}
		same("random cuts", Cut(wire, at...))
	}
}

// testPrefixes: a stream that ends inside a frame says so, and one that ends between frames does not; where there is an explicit end,
// every stream without it says so.
func (s Suite) testPrefixes(t *testing.T) {
	wire, ends := s.wire(t, s.session(newRand()))
	boundary := map[int]bool{}
	if codec.End(s.Codec) == nil {
		for _, i := range append(ends, 0) {
			for fill := range s.Fill + 1 {
				boundary[i+fill] = true
			}
		}
	}
	for i := range wire {
		events := Events(t, s.Codec, [][]byte{wire[:i]}, false)
		if !codec.Delimits(s.Codec) {
			if !bytes.Equal(joined(t, events), wire[:i]) {
				t.Fatalf("prefix of %d bytes: joined frames are not the stream", i)
			}
		} else if s.Lenient {
			if truncated(events) {
				t.Fatalf("prefix of %d bytes: got\n%s", i, text(events))
			}
		} else if codec.Once(s.Codec) { // the end of the stream makes a shorter message of it, unless that has a checksum
			if len(events) != 1 || events[0].Err == nil && !bytes.Equal(events[0].Frame, wire[:i]) {
				t.Fatalf("prefix of %d bytes: got\n%s", i, text(events))
			}
		} else if truncated(events) == boundary[i] {
			t.Fatalf("prefix of %d bytes, boundary=%t: got\n%s", i, boundary[i], text(events))
		}
	}
}
