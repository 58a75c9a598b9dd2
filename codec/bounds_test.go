package codec_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/codec/codectest"
)

// A flood of any one byte holds no more than a frame and a chunk (which Events checks), and ends. With a limit of 100 bytes it is
// endless lines, lengths, digits, escapes and blocks, whatever the byte means to the framing.
func TestFlood(t *testing.T) {
	for _, framing := range framings() {
		c := parse(t, specOf(framing, 100))
		if limited, err := codec.WithMax(c, 100); err == nil {
			c = limited
		}
		for b := range 256 {
			flood := bytes.Repeat([]byte{byte(b)}, 3000)
			if events := codectest.Events(t, c, codectest.Pieces(flood, 512), false); len(events) > len(flood)+1 {
				t.Errorf("%s: %d bytes %#x became %d events", c, len(flood), b, len(events))
			}
		}
	}
}

// Four bytes allocate a Stream or a Reader, their first carry and an error, whatever they claim and whatever the limit is.
func TestFourBytesAllocateLittle(t *testing.T) {
	const most = 3 << 10
	for _, framing := range framings() {
		c := parse(t, specOf(framing, 16<<20))
		if limited, err := codec.WithMax(c, codec.MaxMax); err == nil {
			c = limited
		}
		for _, four := range []string{
			"\xff\xff\xff\xff", "\x7f\xff\xff\xff", "\x40\x00\x00\x00", "\x00\x00\x00\x40", "\x01\x00\x00\x00", "\x00\x00\x00\x00",
			"\xff\xff\xff\x7f", "\x80\x80\x80\x04", "\x80\x80\x80\x80", "9999", "999:", "ffff", "FFF\r", "f;xx", "\xffabc", "\xdb\xdb\xdb\xdb", "\x7e\x7d\x7d\x7e",
			"\xc0\xc0\xc0\xc0", "\r\r\r\r", "\n\n\n\n", "GET ", "HTTP", "\x16\x03\x01\x02",
		} {
			for _, cut := range []int{1, 4} {
				chunks := codectest.Pieces([]byte(four), cut)
				if n := allocated(func() {
					s := codec.NewStream(c)
					for _, chunk := range chunks {
						for range s.Feed(chunk) {
						}
					}
					s.Close()
				}); n > most {
					t.Errorf("%s: %q in chunks of %d made a Stream allocate %d bytes", c, four, cut, n)
				}
			}
			if n := allocated(func() {
				r := codec.NewReaderBuffer(strings.NewReader(four), c, make([]byte, 16))
				for range 6 {
					r.Next()
				}
			}); n > most {
				t.Errorf("%s: %q made a Reader allocate %d bytes", c, four, n)
			}
		}
	}
}

// Nothing is not a frame: a decoder that never reads would deliver empty ones for ever. The one message of eof is the exception.
func TestEmptyStream(t *testing.T) {
	for _, framing := range framings() {
		r := codec.NewReader(strings.NewReader(""), parse(t, specOf(framing, 16)))
		frame, err := r.Next()
		if framing == "eof" && err == nil && len(frame) == 0 {
			frame, err = r.Next()
		}
		if err != io.EOF && framing != "chunked" { // whose end is a chunk that did not come
			t.Errorf("%s: an empty stream is %q, %v", framing, frame, err)
		}
	}
}
