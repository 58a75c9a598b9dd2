package codec

import (
	"bytes"
	"testing"
)

// What an encoder writes with words and blocks ends where the frame ends: what lies behind it in dst is the caller's. With room or
// without, the bytes are the same, and those of a framing from Parse are those of its literal.
func TestAppendKeepsToItsFrame(t *testing.T) {
	literals := map[string]Codec{
		"u8": Length{Width: 1}, "u16": Length{Width: 2}, "u16le": Length{Width: 2, Order: LittleEndian}, "u24": Length{Width: 3},
		"u32": Length{}, "u32le": Length{Order: LittleEndian}, "u64": Length{Width: 8}, "uvarint": Uvarint{}, "uvarint:minimal": Uvarint{Minimal: true},
		"line": Line{}, "netstring": Netstring{}, "cobs": COBS{}, "slip": SLIP{}, "hdlc": HDLC{}, "u32:max=64": Length{Max: 64},
	}
	for spec, literal := range literals {
		parsed, err := Parse(spec)
		if err != nil {
			t.Fatal(err)
		}
		if again, _ := Parse(spec); again != parsed {
			t.Errorf("%s parsed twice is not equal", spec)
		}
		if parsed.String() != literal.String() || Max(parsed) != Max(literal) || parsed.Bound(300) != literal.Bound(300) {
			t.Errorf("%s is %s with max %d, its literal %s with %d", spec, parsed, Max(parsed), literal, Max(literal))
		}
		for _, n := range []int{0, 1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64, 65, 127, 128, 200, 255, 256, 300, 16383, 16384, 70000} {
			for _, fill := range []string{"a", "\x00", "\xc0\xdb", "\x7e", "word\x00\x00\x00\x00\x00\x00\x00\x00\x00\x7d"} {
				payload := bytes.Repeat([]byte(fill), n)[:n]
				want, wantErr := literal.Append(nil, payload)
				eachWidth(func() {
					for room := max(0, len(want)-2); room < len(want)+20; room++ {
						keepsToItsFrame(t, parsed, payload, want, wantErr, room)
					}
				})
			}
		}
	}
}

func keepsToItsFrame(t *testing.T, c Codec, payload, want []byte, wantErr error, room int) {
	t.Helper()
	memory := bytes.Repeat([]byte{0xa5}, 3+room)
	got, err := c.Append(memory[:3], payload)
	if (err == nil) != (wantErr == nil) || err != nil && err.Error() != wantErr.Error() {
		t.Fatalf("%s: %d bytes, room for %d: %v, want %v", c, len(payload), room, err, wantErr)
	}
	if !bytes.Equal(got[3:], want) {
		t.Fatalf("%s: %d bytes, room for %d, became %x, want %x", c, len(payload), room, got[3:], want)
	}
	if behind := min(3+len(want), len(memory)); bytes.Count(memory[behind:], []byte{0xa5}) != len(memory)-behind {
		t.Fatalf("%s: %d bytes, room for %d: written behind the frame", c, len(payload), room)
	}
}
