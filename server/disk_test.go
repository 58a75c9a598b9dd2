package server

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/loadframe/loadframe/codec"
)

// inverted is a framing that changes its payload: it has no envelope.
type inverted struct{ codec.Codec }

func (c inverted) Append(dst, payload []byte) ([]byte, error) {
	flipped := bytes.Clone(payload)
	for i := range flipped {
		flipped[i] ^= 0xff
	}
	return c.Codec.Append(dst, flipped)
}

// picky is a framing that refuses some content, though it has an envelope.
type picky struct{ codec.Length }

func (c picky) Check(payload []byte) error {
	if bytes.Contains(payload, []byte("89012")) {
		return codec.ErrBadFrame
	}
	return nil
}

func (c picky) Append(dst, payload []byte) ([]byte, error) {
	if err := c.Check(payload); err != nil {
		return dst, err
	}
	return c.Length.Append(dst, payload)
}

// Content that a framing cannot carry is an error, and not sent past its check.
func TestDiskFileThatTheFramingRefuses(t *testing.T) {
	name := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(name, []byte("01234567890123"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	d, err := newDiskFile(picky{codec.Length{Width: 4}}, f, 14)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if d.section().file != nil {
		t.Error("the file is to be sent as it is")
	}
	if vec, err := d.next(nil, laneWrite); err == nil || len(vec) > 0 {
		t.Errorf("%d slices, %v", len(vec), err)
	}
}

// A framing that changes payloads gets them through its codec, a little at a
// time, and a file that is too short is an error there too.
func TestEncodedDiskFile(t *testing.T) {
	u32, err := codec.Parse("u32")
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "f")
	content := []byte(strings.Repeat("0123456789", 30_001))
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, promised := range []int64{int64(len(content)), 1, int64(len(content)) + 1} {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		d, err := newDiskFile(inverted{u32}, f, promised)
		if err != nil {
			t.Fatal(err)
		}
		var wire []byte
		for {
			if d.section().file != nil {
				t.Fatal("the file is to be sent as it is")
			}
			vec, nextErr := d.next(nil, laneWrite)
			if err = nextErr; err != nil || len(vec) == 0 {
				break
			}
			if len(vec[0]) > 2*encodeAhead+100 {
				t.Fatalf("%d bytes were encoded at a time", len(vec[0]))
			}
			n := min(len(vec[0]), 1000) // a socket that takes little
			wire = append(wire, vec[0][:n]...)
			d.advance(n)
		}
		d.Close()
		if promised > int64(len(content)) {
			if err == nil || !strings.Contains(err.Error(), "300011 that were promised") {
				t.Errorf("short file: %v", err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		var got []byte
		for frames := codec.NewReader(bytes.NewReader(wire), u32); ; {
			frame, err := frames.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, frame...)
		}
		for i := range got {
			got[i] ^= 0xff
		}
		if !bytes.Equal(got, content[:promised]) {
			t.Errorf("%d bytes that differ from the %d promised", len(got), promised)
		}
	}
}
