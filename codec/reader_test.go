package codec_test

import (
	"bytes"
	"io"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/loadframe/loadframe/codec"
)

// wholeFrames gives what is left of the first frame and no more, as a caller does that knows their size.
type wholeFrames struct {
	wire  []byte
	frame int
}

func (w *wholeFrames) Read(p []byte) (int, error) {
	if len(w.wire) == 0 {
		return 0, io.EOF
	}
	rest := len(w.wire) % w.frame
	if rest == 0 {
		rest = w.frame
	}
	n := copy(p[:min(len(p), rest)], w.wire)
	w.wire = w.wire[n:]
	return n, nil
}

// With frames that fill their reads, a payload lies where Indent and the head put it, and nothing is lost with any indent, in any window.
func TestReaderIndent(t *testing.T) {
	const head, size, frames = 4, 200, 50
	c := codec.Length{}
	r := rand.New(rand.NewPCG(1, 2))
	var wire []byte
	for i := range frames {
		wire, _ = c.Append(wire, bytes.Repeat([]byte{byte(i)}, size))
	}
	for _, window := range []int{16, 100, head + size, head + size + 64, 1000} {
		buf := make([]byte, window)
		d := codec.NewReaderBuffer(&wholeFrames{wire: wire, frame: head + size}, c, buf)
		fits := window >= head+size+64
		for i := range frames {
			indent := r.IntN(64)
			if !fits {
				indent = r.IntN(3000) - 100
			}
			d.Indent(indent)
			frame, err := d.Next()
			if err != nil || !bytes.Equal(frame, bytes.Repeat([]byte{byte(i)}, size)) {
				t.Fatalf("window %d, indent %d, frame %d: %x, %v", window, indent, i, frame, err)
			}
			if at := uintptr(unsafe.Pointer(&frame[0])) - uintptr(unsafe.Pointer(&buf[0])); fits && at != uintptr(indent+head) {
				t.Fatalf("window %d, frame %d lies at %d, want %d+%d", window, i, at, indent, head)
			}
		}
		if _, err := d.Next(); err != io.EOF {
			t.Fatal(err)
		}
	}
}
