package codec_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/codec/codectest"
)

// What a framing cannot carry is refused, with the place and the value; what it can is not.
func TestRefused(t *testing.T) {
	for _, test := range []struct{ spec, payload, want string }{
		{"line", "ab\ncd", "byte 2 of the payload is 0x0a"},
		{"line", "ab\r", "byte 2 of the payload, its last, is 0x0d"},
		{"line", "a\rb", ""},
		{"line:cr=keep", "ab\r", ""},
		{"line:max=2", "abc", "3 bytes, limit 2"},
		{"delim:sep=0d0a", "ab\r\ncd", "at byte 2 of the payload is a delimiter, 0d 0a"},
		{"delim:sep=0d0a", "ab\r", ""},
		{"delim:sep=0d0d", "ab\r", "from byte 2 on the payload, 0d, makes a delimiter with the 0d 0d behind it"},
		{"delim:sep=616261", "xab", "from byte 1 on the payload, 61 62, makes a delimiter"},
		{"delim:sep=616261", "xa", ""},
		{"delim:sep=616261", "xb", ""},
		{"delim:sep=0a/0d0a", "x\r", "from byte 1 on the payload, 0d, makes a delimiter"},
		{"delim:sep=0d0a/0a", "x\r", ""},
		{"delim:sep=3b/0a", "x\n", "at byte 1 of the payload is a delimiter, 0a"},
		{"delim:sep=3b,keep", "x;", ""},
		{"delim:sep=3b,keep", "x", "a payload of 1 bytes without a delimiter at its end"},
		{"delim:sep=3b,keep", "", "a payload of 0 bytes without a delimiter at its end"},
		{"delim:sep=3b,keep", "x;y;", "bytes 1 to 1 of 4 of the payload are a delimiter, 3b"},
		{"fixed:size=3", "ab", "a payload of 2 bytes, every frame is 3"},
		{"fixed:size=3", "abcd", "4 bytes, limit 3"},
		{"netstring:max=3", "abcd", "4 bytes, limit 3"},
		{"uvarint:bytes=1", strings.Repeat("x", 128), "128 bytes, limit 127"},
	} {
		c := parse(t, test.spec)
		wire, err := c.Append([]byte("before"), []byte(test.payload))
		if test.want != "" {
			if err == nil || !strings.Contains(err.Error(), test.want) || string(wire) != "before" {
				t.Errorf("%s: %q: %q, %v, want %s", test.spec, test.payload, wire, err, test.want)
			}
		} else if events := codectest.Events(t, c, [][]byte{wire[6:]}, false); err != nil || len(events) != 1 || string(events[0].Frame) != test.payload {
			t.Errorf("%s: %q: %v, came back as %v", test.spec, test.payload, err, events)
		}
		if ch, ok := c.(codec.Checker); ok && (ch.Check([]byte(test.payload)) == nil) != (test.want == "") {
			t.Errorf("%s: check of %q: %v", test.spec, test.payload, ch.Check([]byte(test.payload)))
		}
	}
}

func TestErrorText(t *testing.T) {
	events := codectest.Events(t, codec.Length{Max: 1 << 20}, [][]byte{{0, 0x10, 0, 1}}, false)
	if got := events[0].Err.Error(); got != "codec: frame too long: 1048577 bytes, limit 1048576" {
		t.Error(got)
	}
}

// A framing that has no empty frame says so before it is asked to append one.
func TestCheckEmpty(t *testing.T) {
	for _, spec := range []string{"slip", "hdlc:fcs=none", "chunked", "fixed:size=2", "fixed+crc32c:size=2"} {
		if ch, ok := parse(t, spec).(codec.Checker); !ok || !errors.Is(ch.Check(nil), codec.ErrBadLength) {
			t.Errorf("%s: does not refuse nothing", spec)
		}
	}
	if err := parse(t, "line+crc32c").(codec.Checker).Check([]byte("a\nb")); !errors.Is(err, codec.ErrBadFrame) {
		t.Error("line+crc32c takes a line feed:", err)
	}
}
