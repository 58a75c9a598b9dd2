package codec_test

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/codec/codectest"
)

var benchSpecs = []string{"u16", "u32", "u32le", "u64", "text"}

const benchWire = 64 << 10 // about one read

// benchFrames returns at least benchWire bytes of frames of one size, and how many they are. A payload ends with a newline, so that
// it is a frame in text too.
func benchFrames(b *testing.B, c codec.Codec, size int) (wire []byte, n int) {
	b.Helper()
	payload := append(bytes.Repeat([]byte("x"), size-1), '\n')
	for ; len(wire) < benchWire; n++ {
		var err error
		if wire, err = c.Append(wire, payload); err != nil {
			b.Fatal(err)
		}
	}
	return wire, n
}

func reportFrames(b *testing.B, frames int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(frames), "ns/frame")
}

// sizes that text cannot carry as one frame are left out for it.
func benchmark(b *testing.B, run func(b *testing.B, c codec.Codec, size int)) {
	for _, spec := range benchSpecs {
		for _, size := range []int{16, 64, 1 << 10, 16 << 10} {
			b.Run(fmt.Sprintf("framing=%s/size=%d", spec, size), func(b *testing.B) { run(b, parse(b, spec), size) })
		}
	}
}

// BenchmarkDecode is the cost of Stream.Feed. The floor is a copy of the same bytes: what one read costs at the least.
func BenchmarkDecode(b *testing.B) {
	b.Run("framing=floor/size=64/cut=whole", func(b *testing.B) {
		wire, n := benchFrames(b, codec.Length{}, 64)
		dst := make([]byte, len(wire))
		b.SetBytes(int64(len(wire)))
		for b.Loop() {
			copy(dst, wire)
		}
		reportFrames(b, n)
	})
	benchmark(b, func(b *testing.B, c codec.Codec, size int) {
		wire, n := benchFrames(b, c, size)
		for _, cut := range []struct {
			name string
			size int
		}{{"whole", len(wire)}, {"1448", 1448}, {"7", 7}} {
			b.Run("cut="+cut.name, func(b *testing.B) {
				chunks := codectest.Pieces(wire, cut.size)
				s := codec.NewStream(c)
				b.SetBytes(int64(len(wire)))
				b.ReportAllocs()
				total := 0
				for b.Loop() {
					for _, chunk := range chunks {
						for frame, err := range s.Feed(chunk) {
							if err != nil {
								b.Fatal(err)
							}
							total += len(frame)
						}
					}
				}
				reportFrames(b, n)
			})
		}
	})
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
	benchmark(b, func(b *testing.B, c codec.Codec, size int) {
		wire, n := benchFrames(b, c, size)
		r := codec.NewReader(&again{data: wire}, c)
		b.SetBytes(int64(len(wire)))
		b.ReportAllocs()
		for b.Loop() {
			for range n {
				if _, err := r.Next(); err != nil {
					b.Fatal(err)
				}
			}
		}
		reportFrames(b, n)
	})
	b.Run("framing=u32/size=262144/window=1048576", func(b *testing.B) {
		c := codec.Length{}
		wire, _ := c.Append(nil, make([]byte, 256<<10))
		r := codec.NewReaderBuffer(&again{data: bytes.Repeat(wire, 8)}, c, make([]byte, 1<<20))
		b.SetBytes(int64(len(wire)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := r.Next(); err != nil {
				b.Fatal(err)
			}
		}
		reportFrames(b, 1)
	})
}

func BenchmarkAppend(b *testing.B) {
	benchmark(b, func(b *testing.B, c codec.Codec, size int) {
		payload := make([]byte, size)
		dst := make([]byte, 0, c.Bound(size))
		b.SetBytes(int64(size))
		b.ReportAllocs()
		for b.Loop() {
			dst, _ = c.Append(dst[:0], payload)
		}
		reportFrames(b, 1)
	})
}
