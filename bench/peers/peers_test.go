package peers

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/loadframe/loadframe/codec/codectest"
)

// framings are those that have a peer and that codec knows.
func framings(t testing.TB) []string {
	all := slices.Sorted(maps.Keys(decoders))
	return slices.DeleteFunc(all, func(framing string) bool {
		missing := newInput(t, framing, "text", 16) == nil
		if _, ok := t.(*testing.T); ok && missing {
			t.Logf("codec has no framing %s: not compared", framing)
		}
		return missing
	})
}

// each runs f for every input that a framing carries.
func each(t testing.TB, framing string, f func(name string, in *input)) {
	for _, size := range sizes {
		for _, kind := range codectest.Payloads(framing) {
			if kind == "worst" && framing == "line" {
				continue // it ends with a CR, and what a CR at the end of a line means is each one's own
			}
			if in := newInput(t, framing, kind, size); in != nil {
				f(fmt.Sprintf("size=%d/payload=%s", size, kind), in)
			}
		}
	}
}

// Everybody delivers the same payloads from the same bytes, pass after pass, or the comparison is none.
func TestSamePayloads(t *testing.T) {
	for _, framing := range framings(t) {
		each(t, framing, func(name string, in *input) {
			for who, pass := range passes(framing, in) {
				for range 2 {
					frames := 0
					if err := pass(func(frame []byte) {
						if frames++; !bytes.Equal(frame, in.payload) {
							t.Fatalf("%s/%s: %s: frame %d of %d bytes is not the payload", framing, name, who, frames, len(frame))
						}
					}); err != nil || frames != in.frames {
						t.Fatalf("%s/%s: %s: %d frames of %d: %v", framing, name, who, frames, in.frames, err)
					}
				}
			}
		})
	}
}

// Everybody writes the same bytes.
func TestSameWire(t *testing.T) {
	for _, framing := range framings(t) {
		each(t, framing, func(name string, in *input) {
			for who, e := range appenders(framing, in) {
				a, wire, err := e(), []byte(nil), error(nil)
				for range in.frames {
					if wire, err = a.Append(wire, in.payload); err != nil {
						t.Fatalf("%s/%s: %s: %v", framing, name, who, err)
					}
				}
				if !bytes.Equal(wire, in.wire) {
					t.Fatalf("%s/%s: %s writes other bytes than codec", framing, name, who)
				}
			}
		})
	}
}

// What the peers write, the peers read: for the framings that codec does not have.
func TestPeersAlone(t *testing.T) {
	for framing, es := range encoders {
		for writer, e := range es {
			for _, size := range sizes[:5] {
				payload := codectest.Payload(framing, "text", size)
				a, wire, err := e(), []byte(nil), error(nil)
				for range 3 {
					if wire, err = a.Append(wire, payload); err != nil {
						t.Fatal(err)
					}
				}
				for reader, d := range decoders[framing] {
					if err := newPass(&input{payload: payload, wire: wire, frames: 3}, d)(func(frame []byte) {
						if !bytes.Equal(frame, payload) {
							t.Fatalf("%s: %s wrote %d bytes, %s read %d others", framing, writer, size, reader, len(frame))
						}
					}); err != nil {
						t.Fatalf("%s: %s does not read what %s wrote: %v", framing, reader, writer, err)
					}
				}
			}
		}
	}
}

// BenchmarkPeers is decoding and encoding, op=decode and op=encode, in ns/frame.
func BenchmarkPeers(b *testing.B) {
	for _, framing := range framings(b) {
		each(b, framing, func(name string, in *input) {
			all := passes(framing, in)
			for _, who := range slices.Sorted(maps.Keys(all)) {
				b.Run(fmt.Sprintf("op=decode/framing=%s/%s/impl=%s", framing, name, who), func(b *testing.B) { benchmarkDecode(b, in, all[who]) })
			}
			encoders := appenders(framing, in)
			for _, who := range slices.Sorted(maps.Keys(encoders)) {
				b.Run(fmt.Sprintf("op=encode/framing=%s/%s/impl=%s", framing, name, who), func(b *testing.B) { benchmarkEncode(b, in, encoders[who]) })
			}
		})
	}
}

func benchmarkDecode(b *testing.B, in *input, pass pass) {
	delivered, n := 0, 0
	visit := func(frame []byte) { delivered += len(frame) }
	b.ReportAllocs()
	for b.Loop() {
		if err := pass(visit); err != nil {
			b.Fatal(err)
		}
		n++
	}
	if delivered != n*in.frames*len(in.payload) {
		b.Fatalf("%d bytes in %d passes", delivered, n)
	}
	report(b, n, in)
}

func benchmarkEncode(b *testing.B, in *input, e encode) {
	a, room, n := e(), make([]byte, 0, 2*len(in.wire)), 0
	b.ReportAllocs()
	for b.Loop() {
		wire := room
		for range in.frames {
			var err error
			if wire, err = a.Append(wire, in.payload); err != nil {
				b.Fatal(err)
			}
		}
		n++
	}
	report(b, n, in)
}

func report(b *testing.B, passes int, in *input) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(passes*in.frames), "ns/frame")
	b.ReportMetric(0, "ns/op")
	b.SetBytes(int64(in.frames * len(in.payload)))
}
