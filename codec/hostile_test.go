package codec_test

import (
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
