package codec_test

import (
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/codec/codectest"
)

// Each of these inputs broke a decoder that is in use: it panicked, allocated what was claimed, wedged or never came back.
func TestHostile(t *testing.T) {
	for _, test := range []struct {
		name, spec, wire string
		want             string
	}{
		{"all ones", "u32", "\xff\xff\xff\xff", "e:too_long"},
		{"top bit of eight bytes", "u64", "\x80\x00\x00\x00\x00\x00\x00\x03abc", "e:too_long"},
		{"greatest int64", "u64", "\x7f\xff\xff\xff\xff\xff\xff\xffabc", "e:too_long"},
		{"all ones of eight bytes", "u64", "\xff\xff\xff\xff\xff\xff\xff\xff", "e:too_long"},
		{"all ones, adjusted", "u64:adjust=9", "\xff\xff\xff\xff\xff\xff\xff\xff", "e:too_long"},
		{"all ones, adjusted, discarded", "u64:adjust=9,toolong=discard", "\xff\xff\xff\xff\xff\xff\xff\xffabc", "e:too_long e:truncated"},
		{"negative", "u32:signed", "\xff\xff\xff\xff", "e:bad_length"},
		{"most negative", "u64:signed", "\x80\x00\x00\x00\x00\x00\x00\x00", "e:bad_length"},
		{"length inside its own head", "u16:adjust=-2", "\x00\x01abc", "e:bad_length"},
		{"length inside its own head, discard", "u16:adjust=-2,toolong=discard", "\x00\x01abc", "e:bad_length"},
		{"strip beyond the frame", "u16:strip=4", "\x00\x01z", "e:bad_length"},
		{"trailer beyond the frame", "u16:strip=0,trailer=0d0a", "\x00\x01\x0d\x0a", "e:bad_length"},
		{"zero lengths, a flood", "u8", strings.Repeat("\x00", 5), "f: f: f: f: f:"},
		{"one byte over, then a frame", "u8:max=1,toolong=discard", "\x02ab\x01c", "e:too_long f:63"},
		{"over, cut short", "u8:max=1,toolong=discard", "\x03ab", "e:too_long e:truncated"},
		{"over, nothing of it", "u8:max=1,toolong=discard", "\x02", "e:too_long e:truncated"},
		{"nothing but newlines", "text", "\n\n", "f:0a f:0a"},
		{"a varint that never ends", "uvarint", strings.Repeat("\x80", 1000), "e:bad_length"},
		{"a varint that never ends, discard", "uvarint:bytes=10,bits=64,toolong=discard", strings.Repeat("\x80", 1000), "e:bad_length"},
		{"a varint of all ones", "uvarint:bytes=10,bits=64", strings.Repeat("\xff", 9) + "\x01", "e:too_long"},
		{"a varint of all ones, discarded", "uvarint:bytes=10,bits=64,toolong=discard", strings.Repeat("\xff", 9) + "\x01abc", "e:too_long e:truncated"},
		{"a tenth byte over 64 bits", "uvarint:bytes=10,bits=64", strings.Repeat("\xff", 9) + "\x02", "e:bad_length"},
		{"a second byte where one is allowed", "uvarint:bytes=1", "\x81\x01a", "e:bad_length"},
		{"bits above the fourth byte's", "uvarint:bits=20", "\x80\x80\x40", "e:bad_length"},
		{"zero in five bytes, as MQTT forbids", "uvarint:bytes=4,lead=1", "\x30\x80\x80\x80\x80\x00", "e:bad_length"},
		{"a padded zero", "uvarint", "\x80\x00\x01a", "f: f:61"},
		{"a padded zero, minimal", "uvarint:minimal", "\x01a\x80\x00", "f:61 e:bad_length"},
		{"a varint that claims 4 GiB", "uvarint", "\xff\xff\xff\xff\x0f", "e:too_long"},
		{"a varint one over, then a frame", "uvarint:max=1,toolong=discard", "\x02ab\x01c", "e:too_long f:63"},
		{"a padded varint over, then a frame", "uvarint:max=1,toolong=discard", "\x82\x80\x00ab\x01c", "e:too_long f:63"},
		{"a varint cut short", "uvarint", "\x80\x80", "e:truncated"},
		{"a varint cut behind its lead", "uvarint:lead=2", "\x30\x30", "e:truncated"},
		{"a netstring cut in its digits", "netstring", "12", "e:truncated"},
		{"a netstring cut before its comma", "netstring", "1:a", "e:truncated"},
		{"empty varint frames, a flood", "uvarint", "\x00\x00\x00", "f: f: f:"},
		{"a netstring that never begins", "netstring", "xx:", "e:bad_length"},
		{"a netstring without a length", "netstring", ":a,", "e:bad_length"},
		{"a negative netstring", "netstring", "-1:a,", "e:bad_length"},
		{"a netstring with a sign", "netstring", "+1:a,", "e:bad_length"},
		{"a netstring with a blank", "netstring", " 1:a,", "e:bad_length"},
		{"a netstring in hex", "netstring", "0x1:a,", "e:bad_length"},
		{"endless zeros", "netstring", strings.Repeat("0", 1000), "e:bad_length"},
		{"endless digits", "netstring", strings.Repeat("1", 1000), "e:too_long"},
		{"endless digits, discard", "netstring:toolong=discard", strings.Repeat("1", 1000), "e:too_long"},
		{"a length of 2^64", "netstring", "18446744073709551616:a,", "e:too_long"},
		{"as many digits as the limit has", "netstring:max=16", "17:", "e:too_long"},
		{"a netstring one over, then one", "netstring:max=1,toolong=discard", "2:ab,1:c,", "e:too_long f:63"},
		{"18 digits, discarded", "netstring:max=1,toolong=discard", "999999999999999999:ab", "e:too_long e:truncated"},
		{"a netstring without its comma", "netstring", "1:ab1:c,", "e:bad_trailer"},
		{"a G alone", "netstring", "G", "e:bad_length"},
		{"an endless line", "line:max=10", strings.Repeat("x", 1000), "e:too_long"},
		{"an endless line, discarded", "line:max=10,toolong=discard", strings.Repeat("x", 1000), "e:too_long e:truncated"},
		{"an endless line, then one", "line:max=10,toolong=discard", strings.Repeat("x", 1000) + "\na\n", "e:too_long f:61"},
		{"carriage returns without end", "line:max=2", strings.Repeat("\r", 1000), "e:too_long"},
		{"a carriage return at the limit", "line:max=3", "abc\r\n", "f:616263"},
		{"a carriage return at the limit, and no line feed", "line:max=3", "abc\rd\n", "e:too_long"},
		{"a carriage return at the limit, kept", "line:max=3,cr=keep", "abc\r\n", "e:too_long"},
		{"two carriage returns", "line", "a\r\r\n", "f:610d"},
		{"nothing but line feeds", "line", "\n\n\r\n", "f: f: f:"},
		{"a tail", "line", "a\nb", "f:61 e:truncated"},
		{"a tail, delivered", "line:tail=deliver", "a\nb\r", "f:61 f:62"},
		{"no tail, delivered", "line:tail=deliver", "a\n", "f:61"},
		{"a tail, dropped", "line:tail=drop", "a\nb", "f:61"},
		{"a tail of what is discarded", "line:tail=deliver,max=1,toolong=discard", "bbb", "e:too_long"},
		{"a delimiter at the limit", "delim:sep=0d0a0d0a,max=3", "abc\r\n\r\n", "f:616263"},
		{"half a delimiter at the limit", "delim:sep=0d0a0d0a,max=3", "abc\r\n\rx", "e:too_long"},
		{"half a delimiter at the limit, at the end", "delim:sep=0d0a0d0a,max=3,tail=deliver", "abc\r\n\r", "e:too_long"},
		{"half a delimiter, at the end", "delim:sep=0d0a,tail=deliver", "abc\r", "f:6162630d"},
		{"half delimiters, at the end", "delim:sep=0d0a,tail=drop", "a\r\nbc\r", "f:61"},
		{"a delimiter cut while discarding", "delim:sep=0d0a,max=3,toolong=discard", "abcdefgh\r\nok\r\n", "e:too_long f:6f6b"},
		{"false ends while discarding", "delim:sep=0d0a,max=1,toolong=discard", "abc\r\r\rx\r\r\nk\r\n", "e:too_long f:6b"},
		{"an endless frame", "delim:sep=0d0a,max=10", strings.Repeat("\r", 1000), "e:too_long"},
		{"a delimiter that overlaps itself", "delim:sep=616261", "xababay", "f:78 e:truncated"},
		{"nearly a delimiter, often", "delim:sep=61616162", strings.Repeat("a", 100) + "b", "f:" + strings.Repeat("61", 97)},
		{"the longer of two ends", "delim:sep=0d0a/0a", "a\r\nb\n\r\n", "f:61 f:62 f:"},
		{"the earliest start of two", "delim:sep=616263/63", "xabcycz", "f:78 f:79 e:truncated"},
		{"a kept delimiter at the limit", "delim:sep=0d0a/0a,keep,max=2", "a\n\r\na\r\n", "f:610a f:0d0a e:too_long"},
		{"a fixed frame cut short", "fixed:size=4", "abcde", "f:61626364 e:truncated"},
		{"an escape of nothing, where a decoder never came back", "slip", "\xdbxx\xc0a\xc0", "e:bad_escape f:61"},
		{"an escape at the end of a frame", "slip", "a\xdb\xc0b\xc0", "e:bad_escape f:62"},
		{"an escape at the end of the stream", "slip", "a\xdb", "e:truncated"},
		{"bad escapes in a row are one bad frame", "slip", "\xdb\xdb\xdb\xdb\xc0", "e:bad_escape"},
		{"nothing but delimiters", "slip", "\xc0\xc0\xc0\xc0", ""},
		{"a delimiter inside a block", "cobs", "\x05ab\x00\x02c\x00", "e:bad_frame f:63"},
		{"a delimiter for a code", "cobs", "\x02a\x03\x00\x02c\x00", "e:bad_frame f:63"},
		{"nothing but delimiters, cobs", "cobs", "\x00\x00\x00\x00", ""},
		{"an endless frame", "cobs:max=3", "\xff" + strings.Repeat("x", 300), "e:too_long"},
		{"an endless frame, then another", "cobs:max=3,toolong=discard", "\xff" + strings.Repeat("x", 300) + "\x00\x02a\x00", "e:too_long f:61"},
		{"an endless frame, slip", "slip:max=3,toolong=discard", strings.Repeat("\xdb\xdd", 300) + "\xc0a\xc0", "e:too_long f:61"},
		{"an endless frame, hdlc", "hdlc:max=3,fcs=none,toolong=discard", strings.Repeat("\x7d\x5e", 300) + "\x7ea\x7e", "e:too_long f:61"},
		{"aborts and runts", "hdlc", "\x7e\x7d\x7eab\x7d\x7ex\x7exy\x7exyz\x7e\x7e", ""},
		{"aborts and runts are not the end", "hdlc:fcs=none", "\x7e\x7d\x7eab\x7d\x7ex\x7e", "f:78"},
		{"a wrong FCS", "hdlc", "\x7eabcdef\x7e", "e:bad_checksum"},
		{"a chunk of all ones", "chunked", "ffffffffffffffff\r\n", "e:too_long"},
		{"a chunk of all ones, discarded", "chunked:toolong=discard", "ffffffffffffffff\r\nabc", "e:too_long e:truncated"},
		{"a size of 17 digits", "chunked", "00000000000000001\r\na\r\n", "e:bad_length"},
		{"an endless size line", "chunked", "1;" + strings.Repeat("x", 5000), "e:bad_length"},
		{"a bare LF behind a size", "chunked", "1\na\r\n0\r\n", "e:bad_length"},
		{"a bare LF in an extension", "chunked", "1;x\na\r\n0\r\n", "e:bad_length"},
		{"CR CR LF", "chunked", "1\r\r\na\r\n0\r\n", "e:bad_length"},
		{"a bare CR in an extension", "chunked", "1;x\ry\r\na\r\n0\r\n", "e:bad_length"},
		{"a sign before a size", "chunked", "+1\r\na\r\n0\r\n", "e:bad_length"},
		{"a prefix before a size", "chunked", "0x1\r\na\r\n0\r\n", "e:bad_length"},
		{"white space inside a size", "chunked", "1 1\r\na\r\n0\r\n", "e:bad_length"},
		{"a chunk longer than its size", "chunked", "1\r\nab\r\n0\r\n", "e:bad_trailer"},
		{"a bare LF behind a chunk", "chunked", "1\r\na\n0\r\n\r\n", "e:bad_trailer"},
		{"a byte a chunk", "chunked", strings.Repeat("1\r\na\r\n", 3) + "0\r\n\r\n", "f:61 f:61 f:61"},
		{"more than one message", "eof:max=3", "abcd", "e:too_long"},
		{"more than one message, discarded", "eof:max=3,toolong=discard", "abcdef", "e:too_long"},
		{"a frame without room for its checksum", "u8+crc32c", "\x03abc", "e:bad_checksum"},
		{"a frame that is all checksum", "u8+crc32c", "\x04\x00\x00\x00\x00", "f:"},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, n := range []int{1, 3, 1000} {
				got := outline(codectest.Events(t, parse(t, test.spec), codectest.Pieces([]byte(test.wire), n), false))
				if strings.Join(got, " ") != test.want {
					t.Errorf("pieces of %d: got %v, want %s", n, got, test.want)
				}
			}
		})
	}
}

// An endless line is messages of 64 KiB, and never more than that is held.
func TestEndlessLine(t *testing.T) {
	line := []byte(strings.Repeat("x", 3*codec.TextMax+5))
	for _, n := range []int{len(line), 64, 4096} {
		var sizes []int
		for _, e := range codectest.Events(t, codec.Text{}, codectest.Pieces(line, n), false) {
			sizes = append(sizes, len(e.Frame))
		}
		if len(sizes) != 4 || sizes[0] != codec.TextMax || sizes[3] != 5 {
			t.Errorf("pieces of %d: got messages of %v bytes", n, sizes)
		}
	}
}

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

// allocated returns the bytes that f allocates, at its best of three times: the
// count is the whole process's, and a collection in the middle brings some of
// its own.
func allocated(f func()) uint64 {
	least := ^uint64(0)
	for range 3 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		f()
		runtime.ReadMemStats(&after)
		least = min(least, after.TotalAlloc-before.TotalAlloc)
	}
	return least
}

// The claim of a peer allocates nothing: memory grows from bytes that came.
func TestClaimedLengthAllocatesNothing(t *testing.T) {
	for _, max := range []int{codec.DefaultMax, codec.MaxMax} {
		c := codec.Length{Max: max}
		head := []byte{byte(max >> 24), byte(max >> 16), byte(max >> 8), byte(max)}
		n := allocated(func() {
			s := codec.NewStream(c)
			for range s.Feed(head) {
				t.Fatal("yielded something")
			}
			for range s.Feed([]byte("x")) {
				t.Fatal("yielded something")
			}
		})
		if n > 2<<10 {
			t.Errorf("4 bytes that claim %d made a Stream allocate %d", max, n)
		}
		n = allocated(func() {
			r := codec.NewReaderBuffer(strings.NewReader(string(head)+"x"), c, make([]byte, 16))
			if _, err := r.Next(); !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Fatal(err)
			}
		})
		if n > 2<<10 {
			t.Errorf("4 bytes that claim %d made a Reader allocate %d", max, n)
		}
	}
}

// The same for the other framings: a few hostile bytes never make a Stream allocate more than a few KiB, its decoder included.
func TestFewBytesAllocateLittle(t *testing.T) {
	for _, test := range []struct{ spec, wire string }{
		{"uvarint", "\x80\x80\x80\x08"}, {"uvarint:max=1GiB", "\x80\x80\x80\x80"}, {"uvarint", "\xff\xff\xff\xff"},
		{"uvarint:max=1,toolong=discard", "\xff\xff\xff\x7f"}, {"netstring", "9999"}, {"netstring:max=1GiB", "9999999:"},
		{"netstring:max=1,toolong=discard", "999:"}, {"fixed:size=1GiB", "abcd"}, {"line", "abcd"}, {"line:max=1GiB", "\r\r\r\r"},
		{"delim:sep=61626364", "abca"}, {"delim:sep=0d0a/0a,max=1GiB", "\r\r\r\r"}, {"line:max=1,toolong=discard", "abcd"},
	} {
		c := parse(t, test.spec)
		n := allocated(func() {
			s := codec.NewStream(c)
			for _, piece := range codectest.Pieces([]byte(test.wire), 1) {
				for range s.Feed(piece) {
				}
			}
		})
		if n > 3<<10 {
			t.Errorf("%s: %q made a Stream allocate %d", test.spec, test.wire, n)
		}
	}
}

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

// The claim of a chunk is worth no more than the bytes that came.
func TestChunkClaim(t *testing.T) {
	n := allocated(func() {
		s := codec.NewStream(codec.Chunked{Max: codec.MaxMax})
		for range s.Feed([]byte("40000000\r\nabcd")) {
			t.Error("yielded something")
		}
	})
	if n > 4<<10 {
		t.Errorf("the claim of a chunk made a Stream allocate %d bytes", n)
	}
}

// A discarded frame passes through: a gigabyte of it holds nothing.
func TestDiscardHoldsNothing(t *testing.T) {
	var s *codec.Stream
	chunk := make([]byte, 64<<10)
	errs := 0
	n := allocated(func() {
		s, errs = codec.NewStream(codec.Length{Max: 10, TooLong: codec.Discard}), 0
		copy(chunk, "\x40\x00\x00\x00")
		for range 1 << 14 {
			for _, err := range s.Feed(chunk) {
				errs++
				if !errors.Is(err, codec.ErrTooLong) {
					t.Fatal(err)
				}
			}
			clear(chunk[:4])
		}
	})
	if errs != 1 || n > 4<<10 || s.Buffered() != 0 {
		t.Errorf("%d errors, %d bytes allocated, %d held", errs, n, s.Buffered())
	}
}
