package codec

import (
	"bytes"
	"testing"
)

// fenced runs decode from src into as much room, and looks that it keeps to its slices. It returns how many bytes were read, and
// what was written.
func fenced(t *testing.T, src []byte, fence int, decode func(dst, src []byte) (read, wrote int)) (read int, out []byte) {
	t.Helper()
	memory := bytes.Repeat([]byte{0xa5}, len(src)+2*fence)
	dst := memory[fence : fence+len(src) : fence+len(src)]
	read, wrote := decode(dst, src)
	if read > len(src) || wrote > read {
		t.Fatalf("%x: read %d, wrote %d", src, read, wrote)
	}
	if around := append(bytes.Clone(memory[:fence]), memory[fence+len(src):]...); bytes.Count(around, []byte{0xa5}) != 2*fence {
		t.Fatalf("%x: wrote outside of its %d bytes", src, len(src))
	}
	return read, dst[:wrote]
}
