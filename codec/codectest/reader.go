package codectest

import (
	"bytes"
	"io"
	"testing"
	"testing/iotest"

	"github.com/loadframe/loadframe/codec"
)

// testReader: a Reader delivers what a Stream does, however its io.Reader behaves and however small its window is at first.
func (s Suite) testReader(t *testing.T) {
	wire, _ := s.wire(t, s.session(newRand()))
	for _, wire := range [][]byte{wire, wire[:max(0, len(wire)-1)], append(wire, codec.End(s.Codec)...), nil} {
		want := Events(t, s.Codec, [][]byte{wire}, false)
		for _, window := range []int{0, 1, 100, 1 << 16} {
			for i, r := range []func() []Event{
				func() []Event { return readerEvents(t, s.Codec, bytes.NewReader(wire), window) },
				func() []Event { return readerEvents(t, s.Codec, iotest.OneByteReader(bytes.NewReader(wire)), window) },
				func() []Event { return readerEvents(t, s.Codec, iotest.HalfReader(bytes.NewReader(wire)), window) },
				func() []Event { return readerEvents(t, s.Codec, iotest.DataErrReader(bytes.NewReader(wire)), window) },
			} {
				got := r()
				if _, raw := s.Codec.(codec.Raw); raw {
					if !bytes.Equal(joined(t, got), wire) {
						t.Fatal("joined frames are not the stream")
					}
				} else if !equal(got, want) {
					t.Fatalf("reader %d, window %d: got\n%s\nwant\n%s", i, window, text(got), text(want))
				}
			}
		}
	}
}

// readerEvents is Events by way of a Reader.
func readerEvents(t testing.TB, c codec.Codec, r io.Reader, window int) []Event {
	t.Helper()
	var events []Event
	d := codec.NewReaderBuffer(r, c, make([]byte, window))
	for {
		frame, err := d.Next()
		if err == io.EOF {
			return events
		}
		if n := len(events); err != nil && n > 0 && events[n-1].Err == err {
			return events // dead: it repeats the very same error
		}
		events = append(events, Event{bytes.Clone(frame), err})
	}
}
