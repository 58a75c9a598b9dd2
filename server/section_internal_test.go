package server

import (
	"bytes"
	"io"
	"testing"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/pattern"
)

// A file that goes out as sections and what is between them is the same on the
// wire as one that is written, wherever a write ends.
func TestSectionsAreTheFile(t *testing.T) {
	content := pattern.Seeded(5)
	if f, _ := content.File(0); f == nil {
		t.Skip("this system has no files in memory")
	}
	for _, framing := range []string{"raw", "u32", "netstring"} {
		cod, err := codec.Parse(framing)
		if err != nil {
			t.Fatal(err)
		}
		f := file{codec: cod, content: content, from: 12345, n: 2_000_000, frame: 150_001}
		written, borrowed := newVerbatimFile(f, cod.(codec.Enveloper)), newVerbatimFile(f, cod.(codec.Enveloper))
		var want []byte
		for written.owed() > 0 {
			vec, _ := written.next(nil, laneWrite)
			wire := bytes.Join(vec, nil)
			want = append(want, wire...)
			written.advance(len(wire))
		}
		borrowed.borrow = true
		var got []byte
		sections, between := 0, 0
		for step := 1; borrowed.owed() > 0; step++ {
			var wire []byte
			if s := borrowed.section(); s.n > 0 {
				wire = make([]byte, s.n)
				if _, err := io.ReadFull(io.NewSectionReader(s.file, s.at, s.n), wire); err != nil {
					t.Fatalf("%s: %v", framing, err)
				}
				sections++
			} else {
				vec, err := borrowed.next(nil, laneWrite)
				if wire = bytes.Join(vec, nil); err != nil || len(wire) == 0 {
					t.Fatalf("%s: nothing at %d of %d, %v", framing, borrowed.sent, borrowed.end, err)
				}
				between += len(wire)
			}
			wire = wire[:max(1, len(wire)-step%3*30_000)] // a socket that takes less
			got = append(got, wire...)
			borrowed.advance(len(wire))
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes that differ from the %d written", framing, len(got), len(want))
		}
		if sections < 10 || between > len(want)/2 {
			t.Errorf("%s: %d sections, %d bytes between them", framing, sections, between)
		}
	}
}
