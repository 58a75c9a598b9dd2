package codec_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/codec/codectest"
)

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

// A payload of one byte over the limit is refused though its checksum is right, also where it lies whole in a chunk.
func TestChecksumOfTooMuch(t *testing.T) {
	for _, spec := range []string{"u32+crc32c:max=", "u16+crc32c:max="} {
		wire, err := parse(t, spec+"11").Append(nil, []byte("hello world"))
		if err != nil {
			t.Fatal(err)
		}
		for frame, err := range codec.NewStream(parse(t, spec+"10")).Feed(wire) {
			if !errors.Is(err, codec.ErrTooLong) {
				t.Errorf("%s10: %q, %v", spec, frame, err)
			}
		}
	}
}
