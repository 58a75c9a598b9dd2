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
// in. By 256 bytes at a time it takes as little where the two lie alike, and
// half as long where they do not, as what arrives and a page mostly do: 28
// against 15 GB/s, both in the L2 cache.
func equal(a, b []byte) bool {
	if !wide || len(a) < equalMin || len(a) != len(b) {
		return bytes.Equal(a, b)
	}
	return equalWide(&a[0], &b[0], len(a))
}
