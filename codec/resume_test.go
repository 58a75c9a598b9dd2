package codec

import (
	"bytes"
	"testing"
)

// No byte is looked at again because it arrived in pieces: bytes dribble into a growing window, as into a carry.
func TestResume(t *testing.T) {
	const size = 8 << 10
	text := bytes.Repeat([]byte("x"), size)
	half := bytes.Repeat([]byte("\r"), size) // each may begin a delimiter
	for _, test := range []struct {
		codec   Codec
		payload []byte
		wire    []byte // what Append makes of payload, if empty
		most    int64
	}{
		{codec: Line{}, payload: text, most: size + 1},
		{codec: Line{KeepCR: true}, payload: half, most: size + 1},
		{codec: Delim{Sep: "\n"}, payload: text, most: size + 1},
		{codec: Delim{Sep: "\r\n\r\n"}, payload: text, most: size + 4},
		{codec: Delim{Sep: "\r\r\r\n"}, payload: bytes.Repeat([]byte("\r\rx"), size/3), most: size + 4},
		{codec: Delim{Sep: "\r\n", Also: [7]string{";"}}, payload: text, most: size + 2},
		{codec: Delim{Sep: "\r\n", Also: [7]string{"\n"}}, payload: half, most: size + 2},
		{codec: Uvarint{}, payload: text, most: 2},
		{codec: Uvarint{Bytes: 10}, payload: []byte("a"), wire: []byte("\x81\x80\x80\x80\x80\x80\x80\x80\x80\x00a"), most: 10},
		{codec: Uvarint{Lead: 9}, payload: text, most: 2},
		{codec: Netstring{}, payload: text, most: 6},
		{codec: Fixed{Size: size}, payload: text, most: 0},
	} {
		wire := test.wire
		if wire == nil {
			var err error
			if wire, err = test.codec.Append(nil, test.payload); err != nil {
				t.Fatal(test.codec, err)
			}
		}
		d := test.codec.NewDecoder()
		frames, start := 0, 0
		for end := 1; end <= len(wire); end++ {
			n, frame, err := d.Decode(wire[start:end])
			if err != nil || frame != nil && !bytes.Equal(frame, test.payload) {
				t.Fatalf("%s: %d bytes, %v", test.codec, len(frame), err)
			}
			if start += n; frame != nil {
				frames++
			}
		}
		scanned, copied := d.(interface {
			effort() (scanned, copied int64)
		}).effort()
		if frames != 1 || start != len(wire) || scanned > test.most || copied != 0 {
			t.Errorf("%s: %d frames, looked at %d bytes of %d, at most %d, copied %d", test.codec, frames, scanned, len(wire), test.most, copied)
		}
	}
}

// A discarded frame is not looked at again either, but for its delimiter, and what follows the last frame of a chunk is looked at once on both ways that a
// Stream has: in place, and in the carry.
func TestResumeStream(t *testing.T) {
	for _, c := range []Codec{Line{Max: 10, TooLong: Discard}, Delim{Sep: "\n", Max: 10, TooLong: Discard}} {
		var wire []byte
		for range 100 {
			wire = append(wire, "0123456789\na\r\n\nthis one is over the limit, by far\n"...)
		}
		for _, n := range []int{1, 7, 100, len(wire)} {
			s := NewStream(c)
			for rest := wire; len(rest) > 0; rest = rest[min(n, len(rest)):] {
				for range s.Feed(rest[:min(n, len(rest))]) {
				}
			}
			scanned, _ := s.dec.(interface {
				effort() (scanned, copied int64)
			}).effort()
			if most := int64(len(wire)) * 103 / 100; scanned < int64(len(wire)) || scanned > most {
				t.Errorf("%s in pieces of %d: looked at %d bytes of %d, at most %d", c, n, scanned, len(wire), most)
			}
		}
	}
}

// The rest of a chunk behind its last frame was looked at when that frame was found to be the last.
func TestResumeRest(t *testing.T) {
	for _, c := range []Codec{Line{}, Delim{Sep: "\n"}} {
		s := NewStream(c)
		frames := 0
		wire := append([]byte("a\nb\n"), bytes.Repeat([]byte("x"), 10000)...)
		for _, chunk := range [][]byte{wire, []byte("\n")} {
			for range s.Feed(chunk) {
				frames++
			}
		}
		scanned, _ := s.dec.(interface {
			effort() (scanned, copied int64)
		}).effort()
		if most := int64(len(wire) + 1); frames != 3 || scanned != most {
			t.Errorf("%s: %d frames, looked at %d bytes of %d", c, frames, scanned, most)
		}
	}
}

// Once 4 KiB of a frame came, its claim is worth 64 KiB at once, and no more; before, nothing.
func TestCarryHint(t *testing.T) {
	for _, test := range []struct {
		claim      string
		came, room int
	}{
		{"\x00\x10\x00\x00", 3 << 10, 4 << 10},
		{"\x00\x10\x00\x00", 5 << 10, carryHint},
		{"\x00\x00\x60\x00", 5 << 10, 0x6000 + 4},
	} {
		s := NewStream(Length{})
		for range s.Feed([]byte(test.claim)) {
		}
		for range test.came / 512 {
			for range s.Feed(make([]byte, 512)) {
			}
		}
		if got := cap(s.carry.buf); got != test.room {
			t.Errorf("%x: after %d bytes the carry has room for %d, want %d", test.claim, test.came, got, test.room)
		}
	}
}
