// Package codectest checks that a codec keeps the contracts of package codec. Whoever writes one calls Run from a test:
//
//	func TestMine(t *testing.T) { codectest.Run(t, mine.Codec{}) }
package codectest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/loadframe/loadframe/codec"
)

// Event is one thing that a stream yielded: a frame, or an error.
type Event struct {
	Frame []byte // a copy; nil with an error
	Err   error
}

// String is the frame in hex or the text of the error, so that events can be compared and printed.
func (e Event) String() string {
	if e.Err != nil {
		return "e:" + e.Err.Error()
	}
	return fmt.Sprintf("f:%x", e.Frame)
}

// Cut slices wire at the given offsets, which must rise.
func Cut(wire []byte, at ...int) [][]byte {
	var chunks [][]byte
	last := 0
	for _, i := range append(at, len(wire)) {
		chunks = append(chunks, wire[last:i:i])
		last = i
	}
	return chunks
}

// Pieces slices wire into chunks of n bytes.
func Pieces(wire []byte, n int) [][]byte {
	var chunks [][]byte
	for ; len(wire) > n; wire = wire[n:] {
		chunks = append(chunks, wire[:n:n])
	}
	return append(chunks, wire)
}

// Events feeds the chunks to a Stream of c as a driver does, with one buffer that it overwrites for each read, and returns all that
// the stream yielded until Close. It fails t if a frame does not stay intact for as long as it must, if its capacity reaches into
// what follows, or if the stream holds more than c.Bound(Max) and one chunk. With leave, it leaves the loop after every event.
func Events(t testing.TB, c codec.Codec, chunks [][]byte, leave bool) []Event {
	t.Helper()
	var events []Event
	var last, want []byte // the frame delivered last, and what it was then
	largest := 0
	for _, chunk := range chunks {
		largest = max(largest, len(chunk))
	}
	buf := make([]byte, largest)
	s := codec.NewStream(c)
	intact := func() { // a Helper only where there is something to tell: it costs more than all the rest
		if !bytes.Equal(last, want) {
			t.Helper()
			t.Fatalf("%s: the frame delivered last changed from %x to %x before the next call", c, want, last)
		}
		last, want = nil, nil
	}
	take := func(frame []byte, err error) {
		if (frame == nil) == (err == nil) {
			t.Helper()
			t.Fatalf("%s: yielded frame %v with error %v", c, frame, err)
		}
		if cap(frame) != len(frame) {
			t.Helper()
			t.Fatalf("%s: a frame of %d bytes has capacity %d", c, len(frame), cap(frame))
		}
		last, want = frame, bytes.Clone(frame)
		events = append(events, Event{want, err})
	}
	for _, chunk := range chunks {
		intact()
		next := buf[:copy(buf, chunk)]
		for again := true; again; next = nil {
			intact()
			again = false
			for frame, err := range s.Feed(next) {
				take(frame, err)
				if leave {
					again = true
					break
				}
			}
		}
		if held, most := s.Buffered(), c.Bound(codec.Max(c))+largest; held > most {
			t.Fatalf("%s: holds %d bytes, at most %d", c, held, most)
		}
	}
	intact()
	dead := s.Err() != nil
	frame, err := s.Close()
	if dead && (frame != nil || err != nil) {
		t.Fatalf("%s: a dead stream was closed with %x, %v", c, frame, err)
	}
	if frame != nil {
		take(frame, nil)
	}
	if err != nil {
		take(nil, err)
	}
	intact()
	return events
}

// equal reports whether a and b are the same frames and the same texts of errors.
func equal(a, b []Event) bool {
	return slices.EqualFunc(a, b, func(a, b Event) bool {
		if a.Err != nil && b.Err != nil {
			return a.Err.Error() == b.Err.Error()
		}
		return a.Err == nil && b.Err == nil && bytes.Equal(a.Frame, b.Frame)
	})
}

// text is the frames and errors of events, for people.
func text(events []Event) string {
	var b bytes.Buffer
	for _, e := range events {
		fmt.Fprintln(&b, e)
	}
	return b.String()
}

// joined is all the frames in one piece; errors are reported.
func joined(t testing.TB, events []Event) []byte {
	t.Helper()
	all := []byte{}
	for _, e := range events {
		if e.Err != nil {
			t.Fatalf("unexpected error %v", e.Err)
		}
		all = append(all, e.Frame...)
	}
	return all
}

// truncated reports whether the last event is io.ErrUnexpectedEOF.
func truncated(events []Event) bool {
	return len(events) > 0 && errors.Is(events[len(events)-1].Err, io.ErrUnexpectedEOF)
}
