package server

import (
	"testing"
	"unsafe"
)

// What every connection has, however idle: conn, with its stream. (gnet has about
// as much again; TestAttackIdleConnections measures it all.) And what each event
// touches lies in the first five lines of 64 bytes.
func TestConnSize(t *testing.T) {
	var c conn
	size := unsafe.Sizeof(c)
	t.Logf("conn %d bytes, %d of them its stream", size, unsafe.Sizeof(c.stream))
	const header = 8       // of an object of more than 512 bytes that has pointers, before it
	if size+header > 576 { // a size class of the allocator, and nine lines
		t.Errorf("a conn has %d bytes, want at most %d", size, 576-header)
	}
	if end := header + unsafe.Offsetof(c.stream) + 64; end > hotLines*64 {
		t.Errorf("what each event touches ends at byte %d, with 64 of the stream, want %d", end, hotLines*64)
	}
}
