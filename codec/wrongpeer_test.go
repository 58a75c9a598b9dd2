package codec_test

import (
	"strings"
	"testing"

	"github.com/loadframe/loadframe/codec/codectest"
)

// A wrong peer is named, and no cut changes what is said about it.
func TestWrongPeer(t *testing.T) {
	for wire, want := range map[string]string{
		"GET / HTTP/1.1\r\n":                   "looks like HTTP",
		"HTTP/1.1 400 Bad":                     "looks like HTTP",
		"POST / HTTP/1.1":                      "looks like HTTP",
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc": "looks like TLS",
		"SSH-2.0-OpenSSH":                      "looks like SSH",
	} {
		for _, spec := range []string{"u32", "chunked", "u32+crc32c"} {
			for _, n := range []int{1, 100} {
				events := codectest.Events(t, parse(t, spec), codectest.Pieces([]byte(wire), n), false)
				if len(events) != 1 || !strings.Contains(events[0].String(), want) {
					t.Errorf("%s: %q: got %v, want %s", spec, wire, events, want)
				}
			}
		}
	}
}

// Where the first byte alone shows that something is wrong, the name waits for the bytes that tell it.
func TestWrongPeerNetstring(t *testing.T) {
	for _, test := range []struct{ spec, wire, want string }{
		{"netstring", "GET / HTTP/1.1\r\n", "byte 0 is 0x47, want a digit or a colon behind one (looks like HTTP"},
		{"netstring", "\x16\x03\x01\x02\x00", "looks like TLS"},
		{"netstring", "SSH-2.0-OpenSSH", "looks like SSH"},
		{"netstring", "GO", "byte 0 is 0x47, want a digit or a colon behind one"},
		{"netstring", "\x16\x03", "looks like TLS"},
		{"netstring", "4:GET x", "bad trailer: 78, want 2c"},
		{"line:max=5", "GET / HTTP/1.1\r\n", "frame too long: more than 5 bytes, limit 5 (looks like HTTP"},
		{"line:max=2", "GET / HTTP/1.1\r\n", "frame too long: more than 2 bytes, limit 2"},
		{"delim:sep=00,max=10", "\x16\x03\x01\x02\x03\x01\x01\x01\x01\x01\x01\x01", "looks like TLS"},
		{"uvarint:lead=3,max=10", "GET / HTTP/1.1\r\n", "frame too long: 32 bytes, limit 10 (looks like HTTP"},
		{"uvarint:max=10", "GET / HTTP/1.1\r\n", "frame too long: 71 bytes, limit 10"},
		{"uvarint", "\xff\xff\xff\xff\x1f", "bad length: more than 32 bits with byte 4 of it, 0x1f"},
	} {
		var text string
		for n := 1; n <= len(test.wire); n++ {
			events := codectest.Events(t, parse(t, test.spec), codectest.Pieces([]byte(test.wire), n), false)
			if len(events) != 1 || !strings.Contains(events[0].String(), test.want) || n > 1 && events[0].String() != text {
				t.Errorf("%s: %q in pieces of %d: got %v, want %s", test.spec, test.wire, n, events, test.want)
			}
			text = events[0].String()
		}
	}
}
