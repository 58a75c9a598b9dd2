package codec_test

import (
	"fmt"
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

func FuzzParse(f *testing.F) {
	for _, spec := range specs {
		f.Add(spec)
	}
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
