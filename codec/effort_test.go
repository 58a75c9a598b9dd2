package codec_test

import (
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/codec/codectest"
)

// looks is how often a framing may look at a byte, where it is not once. SLIP and HDLC search for two bytes, one after the other,
// which is faster than looking for both at once.
func looks(framing string) float64 {
	if base, _, _ := strings.Cut(framing, "+"); base == "slip" || base == "hdlc" {
		return 2
	}
	return 1
}

// A frame that comes byte by byte costs no more a byte than one that comes at once, however long it is: each byte is looked at about
// once and put into the carry once. The carry grows at least twofold, but for the last time, when it grows to the end of the frame;
// so all its growth moves less than two bytes for each that came. The frames after the first find a carry that fits.
func TestDribble(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // a collection may take the carry away between two frames
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(256 << 20))
	for _, framing := range framings() {
		for _, kind := range codectest.Payloads(framing) {
			testDribble(t, framing, kind, min(1000, codec.Max(parse(t, specOf(framing, 1000)))))
			testDribble(t, framing, kind, 64<<10)
		}
	}
	if t.Failed() {
		return // what is worse than linear would take for ever
	}
	testDribble(t, "u32", "text", 1<<20)
	if slices.Contains(codec.Names(), "line") {
		testDribble(t, "line", "text", 256<<10)
	}
}

func testDribble(t *testing.T, framing, kind string, size int) {
	t.Helper()
	in := newInput(t, framing, kind, size)
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
		if ds > 1.05*looks(framing) || dc > 1 || dm > grown {
			t.Errorf("%s: frame %d of %d bytes, %s, byte by byte: %.3f scannedB/B, want at most %.2f; %.3f copiedB/B, want at most 1; %.3f moved, want at most %.0f",
				in.codec, pass, size, kind, ds, 1.05*looks(framing), dc, dm, grown)
		}
	}
}

// A frame that lies whole in a chunk is not copied by a framing that carries its payload verbatim, once at most by any other, and is
// looked at no more often than byte by byte.
func TestWholeFrames(t *testing.T) {
	for _, framing := range framings() {
		for i, size := range []int{16, 4 << 10, 4 << 10, 4 << 10} {
			kinds := codectest.Payloads(framing)
			in := newInput(t, framing, kinds[max(0, i-1)%len(kinds)], size)
			if in == nil || in.closes {
				continue
			}
			s := codec.NewStream(in.codec)
			frames, delivered := in.feed(t, s, len(in.wire))
			in.check(t, 1, frames, delivered)
			scanned, copied, moved, _ := codec.Effort(s)
			most := int64(len(in.wire))
			if _, ok := in.codec.(codec.Enveloper); ok {
				most = 0
			}
			if float64(scanned) > 1.05*looks(framing)*float64(len(in.wire)) || copied > most || moved > 0 {
				t.Errorf("%s: %d bytes in frames of %d: %d scanned, %d copied, %d moved", in.codec, len(in.wire), size, scanned, copied, moved)
			}
		}
	}
}
