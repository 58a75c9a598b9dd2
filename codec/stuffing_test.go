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
