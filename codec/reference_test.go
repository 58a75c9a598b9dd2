package codec_test

import (
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"strings"

	"github.com/loadframe/loadframe/codec"
)

// The references are decoders as one writes them with all of the stream at hand: byte after byte, with no state to keep between two
// calls and no care for speed. They say what a stream comes to, in the words of outline.

// tape is a stream that is read byte by byte, and what it came to so far.
type tape struct {
	rest    []byte
	max     int
	discard bool
	events  []string
}

type stop struct{}

// play runs a reference over wire.
func play(reference func(*tape), wire []byte, max int, discard bool) (events []string) {
	t := &tape{rest: wire, max: max, discard: discard}
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(stop); !ok {
				panic(r)
			}
		}
		events = t.events
	}()
	reference(t)
	return
}

func (t *tape) more() bool         { return len(t.rest) > 0 }
func (t *tape) frame(p []byte)     { t.events = append(t.events, fmt.Sprintf("f:%x", p)) }
func (t *tape) bad(class string)   { t.events = append(t.events, "e:"+class) }
func (t *tape) fatal(class string) { t.bad(class); panic(stop{}) }

// next is the next byte of a frame that has begun.
func (t *tape) next() byte {
	if !t.more() {
		t.fatal("truncated")
	}
	b := t.rest[0]
	t.rest = t.rest[1:]
	return b
}

func (t *tape) tooLong() {
	t.bad("too_long")
	if !t.discard {
		panic(stop{})
	}
}

// counted is a payload of n bytes and the trailer behind it.
func (t *tape) counted(n uint64, trailer string) {
	over := n > uint64(t.max)
	if over {
		t.tooLong()
	}
	var p, tail []byte
	for ; n > 0; n-- {
		p = append(p, t.next())
	}
	for range trailer {
		tail = append(tail, t.next())
	}
	switch {
	case over:
	case string(tail) != trailer:
		t.fatal("bad_trailer")
	default:
		t.frame(p)
	}
}

// checked is what becomes of the events of a framing when each frame ends with a checksum.
func checked(events []string, textual, resyncs bool) (out []string) {
	for _, e := range events {
		if payload, ok := strings.CutPrefix(e, "f:"); ok {
			p, _ := hex.DecodeString(payload)
			e = "e:bad_checksum"
			for _, format := range []string{"%c%c%c%c", "%08x"} {
				var sum string
				if n := max(0, len(p)-4); format != "%08x" {
					v := crc32.Checksum(p[:n], crc32.MakeTable(crc32.Castagnoli))
					sum = string([]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)})
				} else {
					n = max(0, len(p)-8)
					sum = fmt.Sprintf(format, crc32.Checksum(p[:n], crc32.MakeTable(crc32.Castagnoli)))
				}
				if rest, ok := strings.CutSuffix(string(p), sum); ok && textual == (format == "%08x") {
					e = fmt.Sprintf("f:%x", rest)
				}
			}
		}
		if out = append(out, e); e == "e:bad_checksum" && !resyncs {
			return out
		}
	}
	return out
}

// referred is a framing with its reference, and the bytes that mean something to it.
type referred struct {
	spec     string
	run      func(*tape)
	alphabet string
	sum      int // size of a checksum inside
	resyncs  bool
}

var references = []referred{
	{spec: "u8", run: lengthReference(1, false, 0, ""), alphabet: "\x00\x01\x02\x05\x06a"},
	{spec: "u16le", run: lengthReference(2, true, 0, ""), alphabet: "\x00\x00\x00\x01\x05\x06\xff"},
	{spec: "u64:adjust=9", run: lengthReference(8, false, 9, ""), alphabet: "\x00\x00\x00\x00\x00\x00\x00\x01\xff"},
	{spec: "u16:adjust=-2", run: lengthReference(2, false, -2, ""), alphabet: "\x00\x00\x01\x02\x03\x07\x08"},
	{spec: "u8:adjust=1,trailer=ce", run: lengthReference(1, false, 1, "\xce"), alphabet: "\x00\x01\x05\x06\xce"},
	{spec: "u24:trailer=0d0a", run: lengthReference(3, false, 0, "\r\n"), alphabet: "\x00\x00\x00\x02\x03\x07\x08\r\n"},
	{spec: "uvarint", run: uvarintReference(5, 32, false, 0), alphabet: "\x00\x01\x05\x06\x80\x81\x86\xff\x0f\x10"},
	{spec: "uvarint:bytes=10,bits=64", run: uvarintReference(10, 64, false, 0), alphabet: "\x00\x01\x02\x80\x81\xff\xff\xff\xff"},
	{spec: "uvarint:bytes=4,minimal,lead=1", run: uvarintReference(4, 32, true, 1), alphabet: "\x00\x01\x05\x80\x81\xff\x30"},
	{spec: "uvarint:bits=2", run: uvarintReference(5, 2, false, 0), alphabet: "\x00\x01\x02\x03\x04\x80\x81\x84"},
	{spec: "netstring", run: netstringReference, alphabet: "0011259::,,-G"},
	{spec: "fixed:size=5", run: fixedReference(5), alphabet: "ab"},
	{spec: "line", run: lineReference("error"), alphabet: "\r\r\nab"},
	{spec: "line:tail=deliver", run: lineReference("deliver"), alphabet: "\r\r\nab"},
	{spec: "line:tail=drop", run: lineReference("drop"), alphabet: "\r\r\nab"},
	{spec: "line:cr=keep", run: delimReference(false, "error", "\n"), alphabet: "\r\r\nab"},
	{spec: "delim:sep=0d0a", run: delimReference(false, "error", "\r\n"), alphabet: "\r\r\n\na"},
	{spec: "delim:sep=0d0a/0a,tail=deliver", run: delimReference(false, "deliver", "\r\n", "\n"), alphabet: "\r\r\na"},
	{spec: "delim:sep=616261,tail=drop", run: delimReference(false, "drop", "aba"), alphabet: "aab"},
	{spec: "delim:sep=61626163/6263/64,keep", run: delimReference(true, "error", "abac", "bc", "d"), alphabet: "aaabbcd"},
	{spec: "delim:sep=0d0a0d0a,keep,tail=deliver", run: delimReference(true, "deliver", "\r\n\r\n"), alphabet: "\r\na"},
	{spec: "cobs", run: stuffedReference(0, cobsReference), alphabet: "\x00\x01\x02\x03\x05\xffa"},
	{spec: "slip", run: stuffedReference(0xc0, slipReference), alphabet: "\xc0\xdb\xdc\xdda"},
	{spec: "hdlc", run: stuffedReference(0x7e, hdlcReference(2)), alphabet: "\x7e\x7d\x5e\x5da"},
	{spec: "hdlc:fcs=none", run: stuffedReference(0x7e, hdlcReference(0)), alphabet: "\x7e\x7d\x5e\x5da"},
	{spec: "chunked", run: chunkedReference, alphabet: "0125aF\r\r\n\n; \tx\x7f"},
	{spec: "eof", run: eofReference, alphabet: "a"},
	{spec: "u8+crc32c", run: lengthReference(1, false, 0, ""), alphabet: "\x00\x01\x04\x05\x08", sum: 4},
	{spec: "u16+crc32c:adjust=1,trailer=ce", run: lengthReference(2, false, 1, "\xce"), alphabet: "\x00\x00\x05\x08\xce", sum: 4},
	{spec: "uvarint+crc32c", run: uvarintReference(5, 32, false, 0), alphabet: "\x00\x04\x05\x80\x84", sum: 4},
	{spec: "netstring+crc32c", run: netstringReference, alphabet: "0459:,a", sum: 4},
	{spec: "fixed+crc32c:size=5", run: fixedReference(9), alphabet: "ab", sum: 4},
	{spec: "line+crc32c", run: lineReference("error"), alphabet: "\r\nab09", sum: 8, resyncs: true},
	{spec: "delim+crc32c:sep=0d0a/0a,tail=deliver", run: delimReference(false, "deliver", "\r\n", "\n"), alphabet: "\r\nab09", sum: 8, resyncs: true},
	{spec: "cobs+crc32c", run: stuffedReference(0, cobsReference), alphabet: "\x00\x01\x02\x05\x06a", sum: 4, resyncs: true},
	{spec: "slip+crc32c", run: stuffedReference(0xc0, slipReference), alphabet: "\xc0\xdb\xdc\xdda", sum: 4, resyncs: true},
	{spec: "hdlc+crc32c", run: stuffedReference(0x7e, hdlcReference(2)), alphabet: "\x7e\x7d\x5e\x5da", sum: 4, resyncs: true},
	{spec: "chunked+crc32c", run: chunkedReference, alphabet: "0459\r\n;a", sum: 4},
	{spec: "eof+crc32c", run: eofReference, alphabet: "a", sum: 4},
}

// codecOf is the framing with a limit, and expect what the reference says to wire.
func (r referred) codecOf(limit int, discard bool) (codec.Codec, error) {
	sep := ":"
	if strings.Contains(r.spec, ":") {
		sep = ","
	}
	spec := fmt.Sprintf("%s%smax=%d", r.spec, sep, limit)
	if strings.HasPrefix(spec, "fixed") {
		return codec.Parse(r.spec)
	}
	if discard {
		spec += ",toolong=discard"
	}
	return codec.Parse(spec)
}

func (r referred) expect(c codec.Codec, wire []byte, discard bool) []string {
	events := play(r.run, wire, codec.Max(c)+r.sum, discard)
	if r.sum > 0 {
		events = checked(events, r.sum == 8, r.resyncs)
	}
	return events
}
