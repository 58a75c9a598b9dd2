package codec_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/codec/codectest"
)

// stuffed are the framings that unstuff, those of the end of a stream, and checksums inside all kinds.
var stuffed = []string{
	"cobs", "cobs:max=254,toolong=discard", "cobs:max=1",
	"slip", "slip:max=100,toolong=discard",
	"hdlc", "hdlc:max=100,toolong=discard,fcs=none",
	"chunked", "chunked:max=16,toolong=discard",
	"eof", "eof:toolong=discard",
	"u32+crc32c", "u8+crc32c:toolong=discard", "length+crc32c:width=4,offset=3,adjust=1,trailer=ce",
	"cobs+crc32c:toolong=discard", "slip+crc32c", "hdlc+crc32c", "chunked+crc32c", "eof+crc32c",
}

// flags is how many bytes before a frame are fill too.
func flags(spec string) int {
	if strings.HasPrefix(spec, "hdlc") {
		return 1
	}
	return 0
}

// noEmpty tells that a framing has no empty frame.
func noEmpty(c codec.Codec) bool {
	_, err := c.Append(nil, nil)
	return errors.Is(err, codec.ErrBadLength)
}

// Random bytes hardly need stuffing; these are mostly what must be stuffed, and what that becomes.
func awkward(r *rand.Rand, n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = "\x00\x01\x7e\x7d\x5e\x5d\xc0\xdb\xdc\xdd\xff\r\n0"[r.IntN(14)]
	}
	return p
}

// long hold no 00: blocks of 254 bytes, and their ends.
func long(r *rand.Rand, n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(1 + i%255)
	}
	if n > 0 {
		p[r.IntN(n)] = 0
	}
	return p
}

func TestStuffing(t *testing.T) {
	for _, spec := range stuffed {
		payloads := map[string]func(*rand.Rand, int) []byte{"awkward": awkward}
		if strings.HasPrefix(spec, "cobs") {
			payloads["long"] = long
		}
		for name, payload := range payloads {
			t.Run(spec+"/"+name, func(t *testing.T) {
				s := codectest.Suite{Codec: parse(t, spec), Payload: payload, Fill: flags(spec)}
				if noEmpty(s.Codec) {
					s.Payload = func(r *rand.Rand, n int) []byte {
						if n == 0 {
							return nil
						}
						return payload(r, n)
					}
				}
				s.Run(t)
			})
		}
	}
}

// Bound is reached by the payload that is worst for each framing.
func TestBoundIsReached(t *testing.T) {
	for spec, worst := range map[string]string{
		"cobs": "x", "slip": "\xc0", "hdlc:fcs=none": "\x7e", "chunked": "x", "eof": "x", "u32+crc32c": "x", "chunked+crc32c": "x",
	} {
		c := parse(t, spec)
		for _, n := range []int{1, 15, 16, 253, 254, 255, 256, 508, 509, 4096} {
			wire, err := c.Append(nil, bytes.Repeat([]byte(worst), n))
			if err != nil || len(wire) != c.Bound(n) {
				t.Errorf("%s: %d bytes became %d, bound %d, %v", spec, n, len(wire), c.Bound(n), err)
			}
		}
	}
	// The FCS can be stuffed too: some payload of two bytes reaches the bound.
	c, most := codec.HDLC{}, 0
	for i := range 1 << 16 {
		wire, _ := c.Append(nil, []byte{0x7e, 0x7d, byte(i), byte(i >> 8)})
		most = max(most, len(wire)+2*2) // two bytes of the four may go unstuffed
	}
	if most < c.Bound(4) {
		t.Errorf("hdlc: 4 bytes became %d at most, bound %d", most, c.Bound(4))
	}
}

// One damaged byte costs at most the frames that it touches: the self-synchronising framings find the next one again.
func TestResync(t *testing.T) {
	const frames, size = 20, 50
	for _, spec := range []string{"cobs", "slip", "hdlc", "cobs+crc32c", "slip+crc32c", "hdlc+crc32c"} {
		c := parse(t, spec)
		r := rand.New(rand.NewPCG(5, 6))
		for range 300 {
			var wire []byte
			var want []string
			for i := range frames {
				p := append([]byte{byte(i + 1)}, awkward(r, size)...)
				want = append(want, fmt.Sprintf("f:%x", p))
				wire, _ = c.Append(wire, p)
			}
			i := r.IntN(len(wire) - 1)
			switch r.IntN(3) {
			case 0:
				wire[i] ^= byte(1 + r.IntN(255))
			case 1:
				wire = append(wire[:i], wire[i+1:]...)
			default:
				wire = append(wire[:i:i], append([]byte{byte(r.Uint32())}, wire[i:]...)...)
			}
			intact, wrong, errs := 0, 0, 0
			for _, e := range codectest.Events(t, c, codectest.Pieces(wire, 37), false) {
				switch {
				case e.Err != nil:
					errs++
				case slices.Contains(want, e.String()):
					intact++
				default:
					wrong++
				}
			}
			if intact < frames-2 || errs > 2 {
				t.Fatalf("%s: %d frames of %d survived one damaged byte, %d errors", spec, intact, frames, errs)
			}
			if wrong > 0 && strings.HasSuffix(spec, "crc32c") {
				t.Fatalf("%s: %d wrong frames were delivered", spec, wrong)
			}
		}
	}
}

// A wrong checksum is one error. Where a delimiter ends a frame the next one comes; where a length does, it may be the length that is
// wrong, and the stream is dead, whatever is done with frames that are too long.
func TestBadChecksum(t *testing.T) {
	for spec, lives := range map[string]bool{
		"cobs+crc32c": true, "slip+crc32c": true, "hdlc+crc32c:fcs=none": true, "hdlc": true,
		"u32+crc32c": false, "u32+crc32c:toolong=discard": false, "chunked+crc32c": false, "eof+crc32c": false,
	} {
		c := parse(t, spec)
		wire, _ := c.Append(nil, []byte("one"))
		wire[bytes.IndexByte(wire, 'n')] = 'N'
		if !codec.Once(c) {
			wire, _ = c.Append(wire, []byte("two"))
		}
		got := strings.Join(outline(codectest.Events(t, c, codectest.Pieces(wire, 1), false)), " ")
		want := "e:bad_checksum"
		if lives {
			want += " f:74776f"
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", spec, got, want)
		}
	}
}

// What is too long counts the payload, without the checksum.
func TestChecksumLimit(t *testing.T) {
	for spec, want := range map[string]int{
		"u8+crc32c": 251, "u8+crc32c:max=100": 100, "u16+crc32c": 65531, "u32+crc32c": codec.DefaultMax, "cobs+crc32c:max=1": 1,
		"u32+crc32c:max=1GiB": codec.MaxMax - 4,
	} {
		if got := codec.Max(parse(t, spec)); got != want {
			t.Errorf("%s carries %d bytes, want %d", spec, got, want)
		}
	}
	_, err := parse(t, "u32+crc32c:max=10").Append(nil, make([]byte, 11))
	if err == nil || err.Error() != "codec: frame too long: 11 bytes, limit 10" {
		t.Error(err)
	}
	events := codectest.Events(t, parse(t, "u32+crc32c:max=10"), [][]byte{{0, 0, 0, 15}}, false)
	if got := fmt.Sprint(events); got != "[e:codec: frame too long: 15 bytes, limit 14, with 4 of checksum]" {
		t.Error(got)
	}
}

// A framing of another package has no pieces, and gets the payload and its sum joined.
func TestChecksumOfAnotherCodec(t *testing.T) {
	c, err := codec.WithCRC32C(foreign{codec.Length{}})
	if err != nil {
		t.Fatal(err)
	}
	want, _ := parse(t, "u32+crc32c").Append(nil, []byte("hi"))
	if got, err := c.Append(nil, []byte("hi")); err != nil || !bytes.Equal(got, want) {
		t.Errorf("got %x %v, want %x", got, err, want)
	}
	if got := fmt.Sprint(codectest.Events(t, c, codectest.Pieces(want, 1), true)); got != "[f:6869]" {
		t.Error(got)
	}
}

// foreign is a codec with nothing but what a Codec and a Limiter must have.
type foreign struct{ in codec.Codec }

func (f foreign) String() string                       { return "foreign" }
func (f foreign) Append(dst, p []byte) ([]byte, error) { return f.in.Append(dst, p) }
func (f foreign) Bound(n int) int                      { return f.in.Bound(n) }
func (f foreign) NewDecoder() codec.Decoder            { return f.in.NewDecoder() }
func (f foreign) Limit() int                           { return codec.Max(f.in) }
func (f foreign) WithLimit(max int) (codec.Codec, error) {
	c, err := codec.WithMax(f.in, max)
	return foreign{c}, err
}

func TestNoChecksum(t *testing.T) {
	for spec, want := range map[string]string{
		"raw+crc32c": "no room", "text+crc32c": "no room", "u32+crc32c+crc32c": "unknown framing", "u9+crc32c": "unknown framing",
		"u8+crc32c:adjust=-251": "carries 4 bytes", "+crc32c": "unknown framing", "cobs+crc32c:sep=00": "unknown key",
		"delim+crc32c:sep=0d0a,keep": "no room", "delim+crc32c:sep=0d0a/2e66": "0x66, a digit",
	} {
		if c, err := codec.Parse(spec); !errors.Is(err, codec.ErrSpec) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v, want %s", spec, c, err, want)
		}
	}
	c, _ := codec.WithCRC32C(codec.Length{})
	if _, err := codec.WithCRC32C(c); !errors.Is(err, codec.ErrSpec) {
		t.Error("a checksum in a checksum:", err)
	}
}

// A runt between two frames is no event, so it must not cost the frame before it, which holds until there is one.
func TestRunt(t *testing.T) {
	escaped := []byte("\x7e\x7d")
	wire, _ := codec.HDLC{}.Append(nil, escaped)
	wire = append(wire, "a\x7d\x5e\x7e"...)
	wire = append(wire, "bcd\x7d\x5e"...)
	s := codec.NewStream(codec.HDLC{})
	var last []byte
	for frame, err := range s.Feed(wire) {
		if last = frame; err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(last, escaped) {
		t.Errorf("the frame became %x before the next Feed, want %x", last, escaped)
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

// eof: one message a direction, also one of no bytes.
func TestEOF(t *testing.T) {
	for wire, want := range map[string]string{"": "[f:]", "hi": "[f:6869]"} {
		if got := fmt.Sprint(codectest.Events(t, codec.EOF{}, codectest.Pieces([]byte(wire), 1), false)); got != want {
			t.Errorf("%q: got %s, want %s", wire, got, want)
		}
	}
	for _, spec := range []string{"eof", "eof+crc32c"} {
		if !codec.Once(parse(t, spec)) {
			t.Errorf("%s says that it carries more than one message", spec)
		}
	}
	if codec.Once(codec.Length{}) {
		t.Error("u32 says that it carries one message")
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

// An idle connection does not pin what its last big frame was unstuffed into, and a frame of half the limit holds no more than the limit.
func TestUnstuffedMemory(t *testing.T) {
	for _, spec := range []string{"cobs", "slip", "hdlc"} {
		c := parse(t, spec+":max=1MiB")
		payload := bytes.Repeat([]byte("\x00\xc0\x7e1234567"), 1<<20/10)
		wire, err := c.Append(nil, payload)
		if err != nil {
			t.Fatal(err)
		}
		s := codec.NewStream(c)
		half := len(wire) / 2
		frames(t, s, wire[:half])
		if n := s.Buffered(); n < half/2 || n > len(payload) {
			t.Errorf("%s: says that it holds %d bytes of a frame of %d, half of which came", spec, n, len(payload))
		}
		got := frames(t, s, wire[half:])
		if len(got) != 1 || got[0] != string(payload) || s.Buffered() != 0 {
			t.Errorf("%s: %d frames, holds %d", spec, len(got), s.Buffered())
		}
		if d := pinned(&s); d > 8<<10 {
			t.Errorf("%s: an idle Stream pins %d bytes", spec, d)
		}
	}
}

// A bufio.Scanner that reads at the end of its input gets the frame behind bytes that carry none.
func TestSplitPassesFill(t *testing.T) {
	for _, test := range []struct{ spec, wire string }{{"slip", "\xc0\xc0a\xc0"}, {"cobs", "\x00\x02a\x00"}, {"hdlc:fcs=none", "\x7e\x7e\x7ea\x7e"}} {
		split := codec.Split(parse(t, test.spec))
		advance, token, err := split([]byte(test.wire), true)
		if advance != len(test.wire) || string(token) != "a" || err != nil {
			t.Errorf("%s: %d, %q, %v", test.spec, advance, token, err)
		}
		if _, _, err := codec.Split(parse(t, test.spec))([]byte(test.wire[:len(test.wire)-1]), true); err != io.ErrUnexpectedEOF {
			t.Errorf("%s, cut short: %v", test.spec, err)
		}
	}
}

// Zeros are taken eight at a time, and no more of them than the limit leaves.
func TestCOBSZerosOverMax(t *testing.T) {
	for limit := 1; limit <= 40; limit++ {
		for n := range 60 {
			wire, err := codec.COBS{}.Append(nil, make([]byte, n))
			if err != nil {
				t.Fatal(err)
			}
			events := codectest.Events(t, codec.COBS{Max: limit}, [][]byte{wire}, false)
			if n > limit && (len(events) != 1 || !errors.Is(events[0].Err, codec.ErrTooLong)) || n <= limit && (len(events) != 1 || len(events[0].Frame) != n) {
				t.Fatalf("%d zeros with a limit of %d: %v", n, limit, events)
			}
		}
	}
}
