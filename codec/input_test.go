package codec_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/codec/codectest"
)

// framings are all that Parse knows by name, and a checksum inside two of them. specOf makes specs of them.
func framings() []string {
	names := codec.Names()
	for _, spec := range []string{"u32+crc32c", "cobs+crc32c"} {
		if _, err := codec.Parse(spec); err == nil {
			names = append(names, spec)
		}
	}
	return names
}

// specOf is the spec of a framing for payloads of size bytes: the name itself, but for those that need a key. It is empty if there is
// none of that size.
func specOf(framing string, size int) string {
	switch framing {
	case "delim":
		return "delim:sep=0d0a"
	case "fixed":
		if size == 0 {
			return ""
		}
		return fmt.Sprintf("fixed:size=%d", size)
	}
	return framing
}

const (
	inputWire   = 64 << 10 // an input is about one read, or one frame that is larger
	inputFrames = 4096     // and no more frames than so many
)

// input is equal frames one after another: what benchmarks decode, and what the counters of effort are held against.
type input struct {
	framing string
	codec   codec.Codec
	payload []byte
	wire    []byte
	frames  int
	closes  bool // a message ends with its stream, so there is one to a stream
}

// newInput returns nil if the framing does not carry such a payload as one frame.
func newInput(t testing.TB, framing, kind string, size int) *input {
	t.Helper()
	spec := specOf(framing, size)
	if spec == "" {
		return nil
	}
	in := &input{framing: framing, codec: parse(t, spec), payload: codectest.Payload(framing, kind, size), closes: framing == "eof"}
	if size > codec.Max(in.codec) || framing == "text" && bytes.IndexByte(in.payload, '\n') != size-1 {
		return nil
	}
	for in.wire = make([]byte, 0, inputWire+in.codec.Bound(size)); len(in.wire) < inputWire && in.frames < inputFrames; in.frames++ {
		wire, err := in.codec.Append(in.wire, in.payload)
		if err != nil {
			return nil
		}
		in.wire = wire
		if in.closes {
			in.frames++
			break
		}
	}
	if len(in.wire) == 0 || size == 0 && !in.empty(t) {
		return nil
	}
	return in
}

// empty reports whether the frames of no bytes arrive. Where no bytes mean the end, as in chunked, they do not.
func (in *input) empty(t testing.TB) bool {
	events := codectest.Events(t, in.codec, [][]byte{in.wire}, false)
	return len(events) == in.frames && !slices.ContainsFunc(events, func(e codectest.Event) bool { return e.Err != nil })
}

// feed gives s the wire in chunks of cut bytes and returns the frames and the payload bytes that came out.
func (in *input) feed(t testing.TB, s *codec.Stream, cut int) (frames, delivered int) {
	for pos := 0; pos < len(in.wire); pos += cut {
		end := min(pos+cut, len(in.wire))
		for frame, err := range s.Feed(in.wire[pos:end:end]) {
			if err != nil {
				t.Fatalf("%s: %v", in.codec, err)
			}
			frames++
			delivered += len(frame)
		}
	}
	if in.closes {
		last, err := s.Close()
		if err != nil {
			t.Fatalf("%s: %v", in.codec, err)
		}
		if last != nil {
			frames++
			delivered += len(last)
		}
	}
	return frames, delivered
}

// check compares what came out of some passes with what went in. Frames of raw are what the cuts make of them.
func (in *input) check(t testing.TB, passes, frames, delivered int) {
	t.Helper()
	if want := passes * in.frames; frames != want && in.framing != "raw" {
		t.Fatalf("%s: %d frames, want %d", in.codec, frames, want)
	}
	if want := passes * in.frames * len(in.payload); delivered != want {
		t.Fatalf("%s: %d bytes, want %d", in.codec, delivered, want)
	}
}

// Every framing carries text of every size up to its limit: a benchmark that is missing is missing for that reason and no other.
func TestInputs(t *testing.T) {
	for _, framing := range framings() {
		for _, size := range sizes {
			in := newInput(t, framing, "text", size)
			if spec := specOf(framing, size); in == nil && size > 0 && size <= codec.Max(parse(t, spec)) {
				t.Errorf("%s does not carry %d bytes of text", framing, size)
			}
			if in == nil {
				continue
			}
			for _, cut := range []int{len(in.wire), 1448} {
				frames, delivered := in.feed(t, codec.NewStream(in.codec), cut)
				in.check(t, 1, frames, delivered)
			}
		}
	}
}
