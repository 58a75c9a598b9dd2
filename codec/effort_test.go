package codec_test

import (
	"runtime/debug"
	"slices"
	"testing"

	"github.com/loadframe/loadframe/codec"
)

// A frame that comes byte by byte costs no more a byte than one that comes at once, however long it is: each byte is looked at about
// once and put into the carry once. The carry grows at least twofold, but for the last time, when it grows to the end of the frame;
// so all its growth moves less than two bytes for each that came. The frames after the first find a carry that fits.
func TestDribble(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // a collection may take the carry away between two frames
	test := func(framing string, size int) {
		in := newInput(t, framing, "text", size)
		if in == nil {
			return
		}
		in.wire = in.wire[:len(in.wire)/in.frames]
		in.frames = 1
		s := codec.NewStream(in.codec)
		var scanned, copied, moved int64 // before this frame
		for pass := range 3 {
			if in.closes {
				s = codec.NewStream(in.codec)
				scanned, copied, moved = 0, 0, 0
			}
			frames, delivered := in.feed(t, s, 1)
			in.check(t, 1, frames, delivered)
			sc, co, mo, ok := codec.Effort(s)
			if !ok {
				t.Fatalf("%s: the decoder has no method effort", in.codec)
			}
			perByte := func(n int64) float64 { return float64(n) / float64(len(in.wire)) }
			ds, dc, dm := perByte(sc-scanned), perByte(co-copied), perByte(mo-moved)
			scanned, copied, moved = sc, co, mo
			grown := 2.0
			if pass > 0 && !in.closes {
				grown = 0
			}
			if ds > 1.05 || dc > 1 || dm > grown {
				t.Errorf("%s: frame %d of %d bytes, byte by byte: %.3f scannedB/B, want at most 1.05; %.3f copiedB/B, want at most 1; %.3f moved, want at most %.0f",
					in.codec, pass, size, ds, dc, dm, grown)
			}
		}
	}
	for _, framing := range framings() {
		test(framing, 64<<10)
		test(framing, min(1000, codec.Max(parse(t, specOf(framing, 1000)))))
	}
	test("u32", 1<<20)
	if slices.Contains(codec.Names(), "line") {
		test("line", 256<<10)
	}
}

// A frame that lies whole in a chunk is not copied by a framing that carries its payload verbatim, and no byte is looked at twice.
func TestWholeFrames(t *testing.T) {
	for _, framing := range framings() {
		for _, size := range []int{16, 4 << 10} {
			in := newInput(t, framing, "text", size)
			if in == nil || in.closes {
				continue
			}
			s := codec.NewStream(in.codec)
			frames, delivered := in.feed(t, s, len(in.wire))
			in.check(t, 1, frames, delivered)
			scanned, copied, moved, _ := codec.Effort(s)
			most := int64(in.frames * size)
			if _, ok := in.codec.(codec.Enveloper); ok {
				most = 0
			}
			if float64(scanned) > 1.05*float64(len(in.wire)) || copied > most || moved > 0 {
				t.Errorf("%s: %d bytes in frames of %d: %d scanned, %d copied, %d moved", in.codec, len(in.wire), size, scanned, copied, moved)
			}
		}
	}
}
