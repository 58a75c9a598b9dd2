package codec_test

import (
	"fmt"
	"testing"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/codec/codectest"
)

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
