package codec_test

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"io"
	"testing"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/codec/codectest"
)

// sizes are those of payloads, in bytes.
var sizes = []int{0, 16, 64, 256, 4 << 10, 64 << 10, 1 << 20}

// eachInput runs a benchmark for every framing, size and payload that go together: the others have no name and no line. MB/s is
// goodput, payload that was carried; wireB/frame tells what it took. All of it takes an hour: choose, with
// -bench 'Decode|Floor/framing=(u32|line)/size=4096', say.
func eachInput(b *testing.B, run func(b *testing.B, in *input)) {
	for _, framing := range framings() {
		b.Run("framing="+framing, func(b *testing.B) {
			for _, size := range sizes {
				kinds := codectest.Payloads(framing)
				if size == 0 {
					kinds = kinds[:1] // nothing is the same in all kinds
				}
				for _, kind := range kinds {
					if in := newInput(b, framing, kind, size); in != nil {
						b.Run(fmt.Sprintf("size=%d/payload=%s", size, kind), func(b *testing.B) { run(b, in) })
					}
				}
			}
		})
	}
}

// report adds what a benchmark of passes over frames has in common. A pass is as long as an input happens to be, so ns/op says little
// and ns/frame all.
func report(b *testing.B, passes, frames, size int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(passes*frames), "ns/frame")
	b.ReportMetric(0, "ns/op")
	b.SetBytes(int64(frames * size))
}

// BenchmarkDecode is the cost of Stream.Feed. scannedB/B, copiedB/B and movedB/B are bytes looked at, bytes copied into the carry or
// the decoder, and bytes that the carry moved as it grew or made room, for each byte on the wire.
func BenchmarkDecode(b *testing.B) {
	eachInput(b, func(b *testing.B, in *input) {
		for _, cut := range []struct {
			name string
			size int
		}{{"whole", len(in.wire)}, {"1448", 1448}, {"64", 64}, {"1", 1}} {
			b.Run("cut="+cut.name, func(b *testing.B) { benchmarkDecode(b, in, cut.size) })
		}
	})
}

func benchmarkDecode(b *testing.B, in *input, cut int) {
	passes := decodePasses(b, in, cut)
	report(b, passes, in.frames, len(in.payload))
	b.ReportMetric(float64(len(in.wire))/float64(in.frames), "wireB/frame")
}

// decodePasses feeds the wire to a Stream for as long as the benchmark goes on, reports what that cost in effort, and returns how
// often it did.
func decodePasses(b *testing.B, in *input, cut int) (passes int) {
	s := codec.NewStream(in.codec)
	frames, delivered := 0, 0
	b.ReportAllocs()
	for b.Loop() {
		if in.closes {
			s = codec.NewStream(in.codec)
		}
		f, d := in.feed(b, s, cut)
		passes, frames, delivered = passes+1, frames+f, delivered+d
	}
	in.check(b, passes, frames, delivered)
	wire := passes * len(in.wire)
	if in.closes {
		wire = len(in.wire) // of this stream
	}
	reportEffort(b, s, wire)
	return passes
}

func reportEffort(b *testing.B, s *codec.Stream, wire int) {
	scanned, copied, moved, ok := codec.Effort(s)
	if !ok {
		b.Fatal("the decoder does not count its effort")
	}
	b.ReportMetric(float64(scanned)/float64(wire), "scannedB/B")
	b.ReportMetric(float64(copied)/float64(wire), "copiedB/B")
	b.ReportMetric(float64(moved)/float64(wire), "movedB/B")
}

// BenchmarkEncode is the cost of Append into a buffer that has room, frame after frame.
func BenchmarkEncode(b *testing.B) {
	eachInput(b, func(b *testing.B, in *input) {
		dst := make([]byte, 0, len(in.wire)+in.codec.Bound(len(in.payload)))
		passes := 0
		b.ReportAllocs()
		for b.Loop() {
			dst = dst[:0]
			for range in.frames {
				dst, _ = in.codec.Append(dst, in.payload)
			}
			passes++
		}
		if !bytes.Equal(dst, in.wire) {
			b.Fatal("encoded something else")
		}
		report(b, passes, in.frames, len(in.payload))
		b.ReportMetric(float64(len(in.wire))/float64(in.frames), "wireB/frame")
	})
}

// BenchmarkFloor is what the memory allows: a copy, a search that finds nothing and a checksum of the same sizes, payload after
// payload through as many bytes as an input has.
func BenchmarkFloor(b *testing.B) {
	castagnoli := crc32.MakeTable(crc32.Castagnoli)
	var dst []byte
	var sum uint32
	for _, op := range []struct {
		name string
		run  func(p []byte)
	}{
		{"copy", func(p []byte) { copy(dst, p) }},
		{"indexbyte", func(p []byte) { sum += uint32(bytes.IndexByte(p, '\n')) }},
		{"crc32c", func(p []byte) { sum += crc32.Checksum(p, castagnoli) }},
	} {
		for _, size := range sizes[1:] {
			b.Run(fmt.Sprintf("op=%s/size=%d", op.name, size), func(b *testing.B) {
				data := codectest.Payload("", "text", max(size, inputWire/size*size))
				dst = make([]byte, size)
				frames, passes := len(data)/size, 0
				for b.Loop() {
					for pos := 0; pos < len(data); pos += size {
						op.run(data[pos : pos+size])
					}
					passes++
				}
				report(b, passes, frames, size)
			})
		}
	}
	_ = sum
}

// BenchmarkDribble is the cost a byte on the wire of one frame that comes byte by byte. It must not depend on the frame's size.
func BenchmarkDribble(b *testing.B) {
	for _, framing := range framings() {
		for _, size := range []int{1 << 10, 16 << 10, 256 << 10, 1 << 20} {
			in := newInput(b, framing, "text", size)
			if in == nil {
				continue
			}
			in.wire, in.frames = in.wire[:len(in.wire)/in.frames], 1
			b.Run(fmt.Sprintf("framing=%s/size=%d", framing, size), func(b *testing.B) { benchmarkDribble(b, in) })
		}
	}
}

func benchmarkDribble(b *testing.B, in *input) {
	passes := decodePasses(b, in, 1)
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(passes*len(in.wire)), "ns/B")
	b.ReportMetric(0, "ns/op")
}

// again reads data over and over.
type again struct {
	data []byte
	pos  int
}

func (r *again) Read(p []byte) (int, error) {
	n := copy(p, r.data[r.pos:])
	if r.pos += n; r.pos == len(r.data) {
		r.pos = 0
	}
	return n, nil
}

var _ io.Reader = (*again)(nil)

// BenchmarkReader is the cost of Reader.Next, with the copy that stands for the read.
func BenchmarkReader(b *testing.B) {
	for _, row := range []struct {
		spec         string
		size, window int
	}{
		{"u32", 64, codec.ReaderSize}, {"u32", 4 << 10, codec.ReaderSize}, {"u32", 256 << 10, 1 << 20}, {"text", 64, codec.ReaderSize},
	} {
		b.Run(fmt.Sprintf("framing=%s/size=%d/window=%d", row.spec, row.size, row.window), func(b *testing.B) {
			in := newInput(b, row.spec, "text", row.size)
			r := codec.NewReaderBuffer(&again{data: bytes.Repeat(in.wire, 8)}, in.codec, make([]byte, row.window))
			passes := 0
			b.ReportAllocs()
			for b.Loop() {
				for range in.frames {
					if _, err := r.Next(); err != nil {
						b.Fatal(err)
					}
				}
				passes++
			}
			report(b, passes, in.frames, row.size)
		})
	}
}
