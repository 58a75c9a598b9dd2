package prefetch

import (
	"math"
	"testing"
	"unsafe"
)

// It is a hint: memory stays as it is, and no address, count or end of a page is
// an error.
func TestLinesDoNoHarm(t *testing.T) {
	memory := make([]byte, 1<<20)
	for i := range memory {
		memory[i] = byte(i)
	}
	for _, n := range []int{math.MinInt, -1, 0, 1, 5, 1 << 14, 1 << 15} {
		Lines(unsafe.Pointer(&memory[1]), n)
		Lines(nil, min(n, 5))
		Address(uintptr(unsafe.Pointer(&memory[1])), n)
		Address(math.MaxUint64, min(n, 5))
		Value(&memory)
	}
	for i := range memory {
		if memory[i] != byte(i) {
			t.Fatalf("byte %d changed", i)
		}
	}
}
