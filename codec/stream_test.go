package codec_test

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"unsafe"

	"github.com/loadframe/loadframe/codec"
)

func frames(t testing.TB, s *codec.Stream, chunk []byte) (got []string) {
	t.Helper()
	for frame, err := range s.Feed(chunk) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(frame))
	}
	return got
}

// A frame that lies whole in the chunk is delivered from the chunk.
func TestFeedDoesNotCopy(t *testing.T) {
	c := codec.Length{}
	wire, _ := c.Append(nil, []byte("first"))
	wire, _ = c.Append(wire, []byte("second"))
	s := codec.NewStream(c)
	frames(t, s, wire[:6])
	var got [][]byte
	for frame := range s.Feed(wire[6:]) {
		got = append(got, frame)
	}
	if len(got) != 2 || unsafe.SliceData(got[1]) != &wire[len(wire)-6] {
		t.Error("the second frame, whole in the chunk behind a cut one, was copied")
	}
}

// What follows a frame finished in the carry is decoded in the chunk, also when the decoder cannot tell how much it needs.
func TestFeedGoesOnInTheChunk(t *testing.T) {
	s := codec.NewStream(codec.Text{})
	frames(t, s, []byte("one"))
	chunk := []byte(" line\nanother\n" + string(bytes.Repeat([]byte("x"), 1000)))
	var got [][]byte
	for frame := range s.Feed(chunk) {
		got = append(got, frame)
	}
	if len(got) != 2 || string(got[0]) != "one line\n" || unsafe.SliceData(got[1]) != &chunk[6] {
		t.Errorf("got %q", got)
	}
	if s.Buffered() != 1000 {
		t.Errorf("holds %d bytes, want 1000", s.Buffered())
	}
}

// After a fatal error there is silence, and Err tells.
func TestDeadStream(t *testing.T) {
	s := codec.NewStream(codec.Length{Max: 1})
	n := 0
	for range 3 {
		for frame, err := range s.Feed([]byte("\x00\x00\x00\x01a\x00\x00\x00\x02")) {
			if n++; frame == nil && !errors.Is(err, codec.ErrTooLong) {
				t.Fatal(err)
			}
		}
	}
	if last, err := s.Close(); n != 2 || last != nil || err != nil || !errors.Is(s.Err(), codec.ErrTooLong) {
		t.Errorf("%d events, Close %q %v, Err %v", n, last, err, s.Err())
	}
}

func TestFlush(t *testing.T) {
	s := codec.NewStream(codec.Text{})
	if f := s.Flush(); f != nil {
		t.Errorf("nothing held: %q", f)
	}
	frames(t, s, []byte("SYN"))
	if f := s.Flush(); string(f) != "SYN" || s.Buffered() != 0 {
		t.Errorf("got %q, holds %d", f, s.Buffered())
	}
	if got := frames(t, s, []byte("next\n")); len(got) != 1 || got[0] != "next\n" {
		t.Errorf("got %q", got)
	}
	s = codec.NewStream(codec.Length{})
	frames(t, s, []byte("\x00\x00"))
	if f := s.Flush(); f != nil || s.Buffered() != 2 {
		t.Errorf("silence ended a length field: %q", f)
	}
	if _, err := s.Close(); err != io.ErrUnexpectedEOF {
		t.Error(err)
	}
}

// An idle connection does not pin the carry of its last big frame, and a busy one does not allocate for each.
func TestBigCarry(t *testing.T) {
	for _, size := range []int{50 << 10, 4 << 20} {
		testBigCarry(t, size)
	}
}

func testBigCarry(t *testing.T, size int) {
	c := codec.Length{}
	wire, _ := c.Append(nil, make([]byte, size))
	s := codec.NewStream(c)
	pass := func() {
		n := 0
		for pos := 0; pos < len(wire); pos += 4 << 10 {
			for frame, err := range s.Feed(wire[pos:min(pos+4<<10, len(wire))]) {
				if n++; err != nil || len(frame) != size {
					t.Fatal(len(frame), err)
				}
			}
		}
		if n != 1 || s.Buffered() != 0 {
			t.Fatal(n, s.Buffered())
		}
	}
	pass()
	pass()
	if n := testing.AllocsPerRun(5, pass); n > 1 { // a collection in between may cost one
		t.Errorf("%v allocations a frame", n)
	}
	if d := pinned(&s); d > 8<<10 {
		t.Errorf("an idle Stream pins %d bytes", d)
	}
}

func TestReaderBatch(t *testing.T) {
	c := codec.Length{Width: 1}
	r := codec.NewReader(bytes.NewReader([]byte("\x01a\x01b\x02c")), c)
	if f, err := r.TryNext(); f != nil || err != nil {
		t.Fatalf("before the first read: %q %v", f, err)
	}
	if f, err := r.Next(); string(f) != "a" || err != nil || r.Buffered() != 4 {
		t.Fatalf("%q %v %d", f, err, r.Buffered())
	}
	if f, err := r.TryNext(); string(f) != "b" || err != nil {
		t.Fatalf("%q %v", f, err)
	}
	if f, err := r.TryNext(); f != nil || err != nil {
		t.Fatalf("%q %v", f, err)
	}
	if _, err := r.Next(); err != io.ErrUnexpectedEOF {
		t.Fatal(err)
	}
	if _, err := r.Next(); err != io.EOF {
		t.Fatal(err)
	}
}

// room is a reader that gives 1 KiB at a time and notes what room it was given.
type room struct {
	wire []byte
	got  []int
}

func (r *room) Read(p []byte) (int, error) {
	r.got = append(r.got, len(p))
	n := copy(p[:min(len(p), 1<<10)], r.wire)
	r.wire = r.wire[n:]
	return n, nil
}

// Where the size of a frame stands before it, a Reader whose window has come to fit one does not move its beginning: the room shrinks by
// what was read, and by no less.
func TestReaderMovesNothing(t *testing.T) {
	for _, spec := range []string{"u32", "uvarint", "netstring", "chunked", "fixed:size=16384"} {
		c := parse(t, spec)
		payload := bytes.Repeat([]byte("a"), 16<<10)
		wire, err := c.Append(nil, payload)
		if err != nil {
			t.Fatal(err)
		}
		src := &room{wire: bytes.Repeat(wire, 4)}
		r := codec.NewReaderBuffer(src, c, make([]byte, 1<<10))
		for i := range 4 {
			src.got = nil
			if frame, err := r.Next(); err != nil || !bytes.Equal(frame, payload) {
				t.Fatalf("%s: frame %d: %d bytes, %v", spec, i, len(frame), err)
			}
			for at := 1; i > 0 && at < len(src.got); at++ {
				if want := src.got[at-1] - 1<<10; src.got[at] != want {
					t.Fatalf("%s: frame %d, read %d: room for %d bytes, want %d", spec, i, at, src.got[at], want)
				}
			}
		}
	}
}

// A stream of frames longer than the chunks, and of shorter ones, comes to rest with a buffer that fits: no more allocations.
func TestSteadyStateAllocatesNothing(t *testing.T) {
	for _, c := range []codec.Codec{codec.Length{}, codec.Text{}, codec.Length{Trailer: "\n", Adjust: 1}} {
		for _, size := range []int{100, 1500, 16 << 10, 50 << 10, 256 << 10} {
			if size > codec.Max(c) {
				continue
			}
			var wire []byte
			for range 7 {
				wire, _ = c.Append(wire, append(bytes.Repeat([]byte("x"), size-1), '\n'))
			}
			for _, chunk := range []int{7, 1448, 4 << 10, 64 << 10} {
				if chunk*1000 < size {
					continue
				}
				s := codec.NewStream(c)
				got := 0
				pass := func() {
					for pos := 0; pos < len(wire); pos += chunk {
						for frame, err := range s.Feed(wire[pos:min(pos+chunk, len(wire))]) {
							if got++; err != nil || len(frame) != size {
								t.Fatal(len(frame), err)
							}
						}
					}
				}
				pass()
				if n := testing.AllocsPerRun(10, pass); n > 0 {
					t.Errorf("%s: frames of %d in chunks of %d: %v allocations for 7 frames", c, size, chunk, n)
				}
				if got%7 != 0 {
					t.Errorf("%s: %d frames", c, got)
				}
			}
		}
	}
}

// The driver may close the stream from inside the loop.
func TestCloseInsideLoop(t *testing.T) {
	s := codec.NewStream(codec.Length{Width: 1})
	for range s.Feed([]byte("\x01a\x01b\x05c")) {
		s.Close()
		break
	}
	if got := frames(t, s, []byte("\x01d")); got != nil || s.Buffered() != 0 {
		t.Errorf("a closed stream yielded %q and holds %d", got, s.Buffered())
	}
}

// A client that waits for a reply without a newline: the deadline passes, then what came is the message.
func TestReaderFlush(t *testing.T) {
	pr, pw := io.Pipe()
	r := codec.NewReader(io.MultiReader(bytes.NewReader([]byte("a\nfile_prepared")), timeout{}, pr), codec.Text{})
	if f, err := r.Next(); string(f) != "a\n" || err != nil {
		t.Fatalf("%q %v", f, err)
	}
	if f, err := r.Next(); f != nil || err != errTimeout {
		t.Fatalf("%q %v", f, err)
	}
	if f := r.Flush(); string(f) != "file_prepared" || r.Buffered() != 0 {
		t.Fatalf("%q", f)
	}
	if f := r.Flush(); f != nil {
		t.Fatalf("%q", f)
	}
	pw.Close()
}

var errTimeout = errors.New("timeout")

type timeout struct{}

func (timeout) Read([]byte) (int, error) { return 0, errTimeout }
