package codec_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/codec/codectest"
)

// sameUnderCuts compares wire in one piece with wire cut into pieces whose sizes are the bytes of cuts, again and again.
func sameUnderCuts(t *testing.T, c codec.Codec, wire, cuts []byte) {
	t.Helper()
	whole := fmt.Sprint(codectest.Events(t, c, [][]byte{wire}, false))
	var at []int
	for i, pos := 0, 0; len(cuts) > 0; i++ {
		if pos += int(cuts[i%len(cuts)]); pos >= len(wire) || i > 4*len(wire) {
			break
		}
		at = append(at, pos)
	}
	for _, leave := range []bool{false, true} {
		if got := fmt.Sprint(codectest.Events(t, c, codectest.Cut(wire, at...), leave)); got != whole {
			t.Errorf("%s: %x cut at %v, leave=%t: got %s, want %s", c, wire, at, leave, got, whole)
		}
	}
}

func FuzzLength(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x02hi\x00\x00\x00\x01!"), []byte{1}, uint8(4), int8(0), int8(0), uint8(0), uint16(0), uint8(0))
	f.Add([]byte("\x00\x05hi\n\x00\x05yo\n"), []byte{3, 1}, uint8(2), int8(-2), int8(0), uint8(0), uint16(100), uint8(1))
	f.Add([]byte("\x01\x02\x00\x00abc"), []byte{2}, uint8(2), int8(1), int8(4), uint8(1), uint16(3), uint8(0xff))
	f.Add([]byte("\xff\xff\xff\xff\xff\xff\xff\xffabc\x00"), []byte{8, 1}, uint8(8), int8(9), int8(0), uint8(0), uint16(9), uint8(2))
	f.Add([]byte("\x09aaaaaaaaa\x01b\x02cc"), []byte{1, 4}, uint8(1), int8(0), int8(0), uint8(0), uint16(2), uint8(2))
	f.Fuzz(func(t *testing.T, wire, cuts []byte, width uint8, adjust, strip int8, offset uint8, max uint16, flags uint8) {
		l := codec.Length{Width: int(width), Adjust: int(adjust), Strip: int(strip), Offset: int(offset), Max: int(max)}
		if flags&1 != 0 {
			l.Trailer = "\n"
		}
		if flags&2 != 0 {
			l.TooLong = codec.Discard
		}
		if flags&4 != 0 {
			l.Order = codec.LittleEndian
		}
		l.Keep = flags&8 != 0
		l.Signed = flags&16 != 0
		if l.Validate() != nil {
			return
		}
		again, err := codec.Parse(l.String())
		if err != nil || again.String() != l.String() {
			t.Fatalf("%s parses as %v, %v", l, again, err)
		}
		sameUnderCuts(t, again, wire, cuts)
		if back, err := l.Append(nil, wire); err == nil { // what it encodes, it decodes
			events := codectest.Events(t, l, [][]byte{back}, false)
			if len(events) != 1 || string(events[0].Frame) != string(wire) {
				t.Errorf("%s: %x became %x became %v", l, wire, back, events)
			}
		}
	})
}

func FuzzText(f *testing.F) {
	f.Add([]byte("SYN\n10000\r\nquit"), []byte{1}, uint16(0))
	f.Add([]byte("xxxx\nxxxxx\n\n"), []byte{2, 3}, uint16(4))
	f.Fuzz(func(t *testing.T, wire, cuts []byte, max uint16) {
		sameUnderCuts(t, codec.Text{Max: int(max)}, wire, cuts)
	})
}

// backAgain checks that what c encodes it decodes: payload comes back, alone and whole, or was refused.
func backAgain(t *testing.T, c codec.Codec, payload []byte) {
	t.Helper()
	wire, err := c.Append(nil, payload)
	if ch, ok := c.(codec.Checker); ok && (ch.Check(payload) == nil) != (err == nil) {
		t.Errorf("%s: append of %x: %v, check: %v", c, payload, err, ch.Check(payload))
	}
	if err != nil {
		return
	}
	if len(wire) > c.Bound(len(payload)) {
		t.Errorf("%s: %d bytes became %d, bound %d", c, len(payload), len(wire), c.Bound(len(payload)))
	}
	wire, _ = c.Append(wire, payload)
	events := codectest.Events(t, c, [][]byte{wire}, false)
	if len(events) != 2 || string(events[0].Frame) != string(payload) || string(events[1].Frame) != string(payload) {
		t.Errorf("%s: %x twice became %x became %v", c, payload, wire, events)
	}
}

// fuzzed runs a framing as its value and as its spec.
func fuzzed(t *testing.T, c codec.Codec, wire, cuts []byte) {
	t.Helper()
	if v, ok := c.(interface{ Validate() error }); ok && v.Validate() != nil {
		return
	}
	again, err := codec.Parse(c.String())
	if err != nil || again.String() != c.String() || codec.Max(again) != codec.Max(c) {
		t.Fatalf("%s parses as %v, %v", c, again, err)
	}
	sameUnderCuts(t, again, wire, cuts)
	backAgain(t, c, wire)
}

func tooLong(flags uint8) codec.TooLong {
	if flags&1 != 0 {
		return codec.Discard
	}
	return codec.Fatal
}

func FuzzUvarint(f *testing.F) {
	f.Add([]byte("\x02hi\x81\x00!\x00"), []byte{1}, uint8(0), uint8(0), uint8(0), uint16(0), uint8(0))
	f.Add([]byte("\x30\x80\x80\x80\x80\x00"), []byte{3, 1}, uint8(4), uint8(28), uint8(1), uint16(0), uint8(0))
	f.Add([]byte("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01abc\x01a"), []byte{2}, uint8(10), uint8(64), uint8(0), uint16(9), uint8(1))
	f.Add([]byte("\x09aaaaaaaaa\x82\x00bb\x02cc"), []byte{1, 4}, uint8(5), uint8(32), uint8(0), uint16(2), uint8(3))
	f.Fuzz(func(t *testing.T, wire, cuts []byte, bytes, bits, lead uint8, max uint16, flags uint8) {
		fuzzed(t, codec.Uvarint{Bytes: int(bytes), Bits: int(bits), Lead: int(lead), Max: int(max), Minimal: flags&2 != 0,
			TooLong: tooLong(flags)}, wire, cuts)
	})
}

func FuzzNetstring(f *testing.F) {
	f.Add([]byte("2:hi,0:,12:hello world!,"), []byte{1}, uint16(0), uint8(0))
	f.Add([]byte("3:abc,1:a,999999999999999999:"), []byte{2, 3}, uint16(2), uint8(1))
	f.Add([]byte("GET / HTTP/1.1\r\n"), []byte{1, 2}, uint16(0), uint8(0))
	f.Fuzz(func(t *testing.T, wire, cuts []byte, max uint16, flags uint8) {
		fuzzed(t, codec.Netstring{Max: int(max), TooLong: tooLong(flags)}, wire, cuts)
	})
}

func FuzzLine(f *testing.F) {
	f.Add([]byte("hi\n!\r\n\n\r\r\n"), []byte{1}, uint8(0), uint16(0), uint8(0))
	f.Add([]byte("abc\r\nabcd\nab\rd\nabc\r"), []byte{2, 3}, uint8(1), uint16(3), uint8(1))
	f.Add([]byte("abc\r\nabcd\nab\rd\nabc\r"), []byte{4}, uint8(2), uint16(3), uint8(3))
	f.Fuzz(func(t *testing.T, wire, cuts []byte, tail uint8, max uint16, flags uint8) {
		fuzzed(t, codec.Line{Tail: codec.Tail(tail % 3), Max: int(max), KeepCR: flags&2 != 0, TooLong: tooLong(flags)}, wire, cuts)
	})
}

func FuzzDelim(f *testing.F) {
	f.Add([]byte("hi\r\n!\r\n\r\r\n"), []byte{1}, "\r\n", "", "", uint8(0), uint16(0), uint8(0))
	f.Add([]byte("abcdefgh\r\nok\r\nabc\r"), []byte{9}, "\r\n", "\n", "", uint8(1), uint16(3), uint8(1))
	f.Add([]byte("xababayaab"), []byte{2, 1}, "aba", ";", "yy", uint8(0), uint16(0), uint8(2))
	f.Add([]byte("xabcababdabc"), []byte{3}, "abab", "cc", "d", uint8(2), uint16(5), uint8(3))
	f.Add([]byte("\n6<Ǖ\x89\x10܈PM>\x83\xa4`}"), []byte{10}, "0", "Ǖ\x89\x10܈PM>\x83\xa4`}0", "1", uint8(0), uint16(3), uint8(1)) // held more than Sep's bound
	f.Fuzz(func(t *testing.T, wire, cuts []byte, sep, also, third string, tail uint8, max uint16, flags uint8) {
		fuzzed(t, codec.Delim{Sep: sep, Also: [7]string{also, third}, Tail: codec.Tail(tail % 3), Max: int(max), Keep: flags&2 != 0,
			TooLong: tooLong(flags)}, wire, cuts)
	})
}

func FuzzFixed(f *testing.F) {
	f.Add([]byte("pingpong"), []byte{1}, uint16(4))
	f.Add([]byte("abcdef"), []byte{2, 3}, uint16(6))
	f.Fuzz(func(t *testing.T, wire, cuts []byte, size uint16) {
		fuzzed(t, codec.Fixed{Size: int(size)}, wire, cuts)
	})
}

// fuzzedStream runs a framing over any bytes and cuts, and over what it makes of the bytes: what it encodes, it decodes.
func fuzzedStream(t *testing.T, c codec.Codec, wire, cuts []byte) {
	sameUnderCuts(t, c, wire, cuts)
	back, err := c.Append(nil, wire)
	if err != nil {
		return
	}
	if len(back) > c.Bound(len(wire)) {
		t.Errorf("%s: %x became %d bytes, bound %d", c, wire, len(back), c.Bound(len(wire)))
	}
	back = append(back, codec.End(c)...)
	events := codectest.Events(t, c, [][]byte{back}, false)
	if len(events) != 1 || events[0].Err != nil || string(events[0].Frame) != string(wire) {
		t.Errorf("%s: %x became %x became %v", c, wire, back, events)
	}
	sameUnderCuts(t, c, back, cuts)
}

// fuzzLimit is Max and TooLong as a fuzzer makes them: small limits are the interesting ones.
func fuzzLimit(max uint16, discard bool) (int, codec.TooLong) {
	if discard {
		return int(max), codec.Discard
	}
	return int(max), codec.Fatal
}

func FuzzCOBS(f *testing.F) {
	f.Add([]byte("\x03hi\x02!\x00\x01\x00\x05ab\x00"), []byte{1}, uint16(0), false)
	f.Add([]byte("\xff"+strings.Repeat("x", 254)+"\x01\x00\x02a\x00"), []byte{100, 3}, uint16(254), true)
	f.Add([]byte("\x00\x00\x01\x01\x01\x00"), []byte{2}, uint16(1), true)
	f.Fuzz(func(t *testing.T, wire, cuts []byte, max uint16, discard bool) {
		var c codec.COBS
		c.Max, c.TooLong = fuzzLimit(max, discard)
		fuzzedStream(t, c, wire, cuts)
	})
}

func FuzzSLIP(f *testing.F) {
	f.Add([]byte("\xc0a\xdb\xdcb\xdb\xddc\xc0\xdbx\xc0ok\xc0"), []byte{1}, uint16(0), false)
	f.Add([]byte("aaaa\xdb\xc0b\xdb\xdd\xc0"), []byte{3}, uint16(3), true)
	f.Fuzz(func(t *testing.T, wire, cuts []byte, max uint16, discard bool) {
		var c codec.SLIP
		c.Max, c.TooLong = fuzzLimit(max, discard)
		fuzzedStream(t, c, wire, cuts)
	})
}

func FuzzHDLC(f *testing.F) {
	f.Add([]byte("\x7e123456789n\x90\x7eabc\x7d\x7e\x7d\x5e\x7e"), []byte{1}, uint16(0), false, false)
	f.Add([]byte("\x7ea\x7eb\x7d\x5e\x7e\x7eabcd\x7e"), []byte{2}, uint16(3), true, true)
	f.Fuzz(func(t *testing.T, wire, cuts []byte, max uint16, discard, plain bool) {
		var c codec.HDLC
		c.Max, c.TooLong = fuzzLimit(max, discard)
		if plain {
			c.FCS = codec.NoFCS
		}
		fuzzedStream(t, c, wire, cuts)
	})
}

func FuzzChunked(f *testing.F) {
	f.Add([]byte("4\r\nabcd\r\n5;x=y\r\nabc\r\n\r\n0\r\nA: b\r\n\r\n"), []byte{1}, uint16(0), false)
	f.Add([]byte("a\r\n0123456789\r\n1 \r\na\r\n0\r\n"), []byte{3}, uint16(3), true)
	f.Add([]byte("GET / HTTP/1.1\r\n"), []byte{1}, uint16(3), true)
	f.Fuzz(func(t *testing.T, wire, cuts []byte, max uint16, discard bool) {
		var c codec.Chunked
		c.Max, c.TooLong = fuzzLimit(max, discard)
		fuzzedStream(t, c, wire, cuts)
	})
}

func FuzzEOF(f *testing.F) {
	f.Add([]byte("hi"), []byte{1}, uint16(2), false)
	f.Add([]byte("hello"), []byte{2}, uint16(2), true)
	f.Fuzz(func(t *testing.T, wire, cuts []byte, max uint16, discard bool) {
		var c codec.EOF
		c.Max, c.TooLong = fuzzLimit(max, discard)
		fuzzedStream(t, c, wire, cuts)
	})
}

func FuzzCRC32C(f *testing.F) {
	inner := []string{"u32", "u8", "u16", "cobs", "slip", "hdlc", "chunked", "eof", "u16le", "u24", "u64"}
	f.Add([]byte("\x06hi\x00\x00\x00\x00"), []byte{1}, uint8(1), uint16(0), false)
	f.Add([]byte("\x07hi\xf5\x9d\xd9\xc2\x00\x02a\x00"), []byte{1}, uint8(3), uint16(2), true)
	f.Add([]byte("hi\xf5\x9d\xd9\xc2"), []byte{1}, uint8(8), uint16(2), true)
	f.Fuzz(func(t *testing.T, wire, cuts []byte, which uint8, max uint16, discard bool) {
		spec := fmt.Sprintf("%s+crc32c:max=%d", inner[int(which)%len(inner)], 1+int(max))
		if discard {
			spec += ",toolong=discard"
		}
		fuzzedStream(t, parse(t, spec), wire, cuts)
	})
}

func FuzzParse(f *testing.F) {
	for _, spec := range slices.Concat(specs, stuffed) {
		f.Add(spec)
	}
	for _, d := range delimited {
		f.Add(d.spec)
	}
	f.Add("fixed:size=64KiB")
	f.Fuzz(func(t *testing.T, spec string) {
		c, err := codec.Parse(spec)
		if err != nil {
			return
		}
		again, err := codec.Parse(c.String())
		if err != nil || again != c && again.String() != c.String() || codec.Max(again) != codec.Max(c) {
			t.Errorf("%q is %s, which is %v, %v", spec, c, again, err)
		}
	})
}
