package peers

import (
	"fmt"
	"testing"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/codec/codectest"
)

// sizes are those of payloads, in bytes; 0 is left out, for several peers have no empty frame.
var sizes = []int{16, 64, 256, 4 << 10, 64 << 10, 1 << 20}

const (
	window    = 64 << 10 // what one read returns at most
	inputWire = 64 << 10 // an input is about one read, or one frame that is larger
	limit     = 16 << 20 // of every implementation that has one
)

// input is equal frames one after another.
type input struct {
	codec   codec.Codec
	payload []byte
	wire    []byte
	frames  int
}

// newInput returns nil if the framing does not exist or cannot carry such a payload.
func newInput(t testing.TB, framing, kind string, size int) *input {
	t.Helper()
	c, err := codec.Parse(spec(framing, size))
	if err != nil {
		return nil
	}
	in := &input{codec: c, payload: codectest.Payload(framing, kind, size)}
	for in.wire = make([]byte, 0, inputWire+c.Bound(size)); len(in.wire) < inputWire; in.frames++ {
		if in.wire, err = c.Append(in.wire, in.payload); err != nil {
			return nil
		}
	}
	return in
}

func spec(framing string, size int) string {
	switch framing {
	case "delim":
		return "delim:sep=0d0a"
	case "fixed":
		return fmt.Sprintf("fixed:size=%d", size)
	}
	return framing
}

// again reads data over and over, each time up to its end.
type again struct {
	data []byte
	pos  int
}

func (r *again) Read(p []byte) (int, error) {
	n := copy(p[:min(len(p), window)], r.data[r.pos:])
	if r.pos += n; r.pos == len(r.data) {
		r.pos = 0
	}
	return n, nil
}

func (r *again) Close() error { return nil }

// sink is memory that somebody writes to: an appender of what can only write.
type sink struct {
	b     []byte
	write func(payload []byte) error
}

func (s *sink) Write(p []byte) (int, error) {
	s.b = append(s.b, p...)
	return len(p), nil
}

func (s *sink) Append(dst, payload []byte) ([]byte, error) {
	s.b = dst
	err := s.write(payload)
	return s.b, err
}

// writes makes an encoder of what writes to an io.Writer.
func writes(to func(w *sink) func(payload []byte) error) encode {
	return func() appender {
		s := &sink{}
		s.write = to(s)
		return s
	}
}

// byHand makes an encoder of one without state.
func byHand(a appender) encode { return func() appender { return a } }
