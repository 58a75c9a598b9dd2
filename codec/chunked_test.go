package codec_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/codec/codectest"
)

// Chunk extensions may not outweigh the payload, however they are cut into lines: 16 KiB in all are granted, and a stream of one-byte
// chunks without extensions never uses them up.
func TestChunkExtensions(t *testing.T) {
	modest := strings.Repeat("1\r\na\r\n", 1<<14)
	for _, test := range []struct {
		name, wire string
		fails      bool
	}{
		{"a byte a chunk", modest, false},
		{"17 KiB in lines of 1 KiB", strings.Repeat("1;"+strings.Repeat("x", 1<<10)+"\r\na\r\n", 17), true},
		{"17 KiB, and as much payload", strings.Repeat("400;"+strings.Repeat("x", 1<<10)+"\r\n"+strings.Repeat("a", 1<<10)+"\r\n", 17), false},
	} {
		n := 0
		var last error
		s := codec.NewStream(codec.Chunked{})
		for _, chunk := range codectest.Pieces([]byte(test.wire), 1000) {
			for _, err := range s.Feed(chunk) {
				if last = err; err == nil {
					n++
				}
			}
		}
		if test.fails != errors.Is(last, codec.ErrBadFrame) || !test.fails && last != nil {
			t.Errorf("%s: %d chunks, then %v", test.name, n, last)
		}
	}
}

// The end of chunked may have trailer fields, and a stream is complete when the last chunk is there.
func TestChunkedEnd(t *testing.T) {
	const chunk = "1\r\na\r\n"
	for wire, want := range map[string]string{
		chunk + "0\r\n":                               "f:61",
		chunk + "0\r\n\r\n":                           "f:61",
		chunk + "000;last\r\nA: b\r\nC: d\r\n\r\n":    "f:61",
		chunk + "0\r\nA: b\r\n":                       "f:61",
		chunk + "0\r\nA: b":                           "f:61 e:truncated",
		chunk + "0\r\n\r":                             "f:61 e:truncated",
		chunk + "0\r\n\r\n" + chunk:                   "f:61 e:bad_frame",
		chunk + "0\r\nA\nB\r\n\r\n":                   "f:61 e:bad_frame",
		chunk + "0\r\nA\r\rB\r\n\r\n":                 "f:61 e:bad_frame",
		chunk + "0\r\n" + strings.Repeat("a", 17<<10): "f:61 e:bad_frame",
	} {
		for _, n := range []int{1, 3, 1 << 20} {
			if got := strings.Join(outline(codectest.Events(t, codec.Chunked{}, codectest.Pieces([]byte(wire), n), false)), " "); got != want {
				t.Errorf("%.60q in pieces of %d: got %s, want %s", wire, n, got, want)
			}
		}
	}
	if end := codec.End(codec.Chunked{}); string(end) != "0\r\n\r\n" || codec.End(codec.Length{}) != nil {
		t.Errorf("the end is %q", end)
	}
}

// What is held of a chunk with the longest of heads is no more than of one with the shortest, however it is cut.
func TestChunkHeadIsNotHeld(t *testing.T) {
	c := codec.Chunked{Max: 100}
	for _, head := range []string{"64", "0000000000000064", "64;" + strings.Repeat("x", 4000)} {
		wire := head + "\r\n" + strings.Repeat("a", 100) + "\r"
		for _, cut := range []int{1, 64, len(wire)} {
			s := codec.NewStream(c)
			for _, chunk := range codectest.Pieces([]byte(wire), cut) {
				for _, err := range s.Feed(chunk) {
					t.Error(err)
				}
				if held, most := s.Buffered(), c.Bound(100); held > most {
					t.Fatalf("a head of %d bytes in chunks of %d: %d bytes held, Bound is %d", len(head), cut, held, most)
				}
			}
		}
	}
}
