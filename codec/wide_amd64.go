package codec

// wide tells that there are registers of 64 bytes, VPCOMPRESSB, which takes bytes out of one, and GF2P8AFFINEQB, which maps each: AVX-512
// with VBMI2 and GFNI, in servers since Ice Lake and Zen 4, all of which have BMI2. It is asked of the processor, because what the
// compiler assumes of an amd64 is SSE2, and because the standard library keeps what it knows to itself.
var wide = hasWide()

func hasWide() bool {
	const (
		osxsave  = 1 << 27              // leaf 1, ecx: xgetbv may be asked
		avx512   = 1<<8 | 1<<16 | 1<<30 // leaf 7, ebx: BMI2, and F and BW
		bytewise = 1<<6 | 1<<8          // leaf 7, ecx: VBMI2 and GFNI
		switched = 1<<1 | 1<<2 | 7<<5   // xcr0: the system saves xmm, ymm, the masks and zmm
	)
	if leaves, _, _, _ := cpuid(0, 0); leaves < 7 {
		return false
	}
	_, _, c1, _ := cpuid(1, 0)
	_, b7, c7, _ := cpuid(7, 0)
	return c1&osxsave != 0 && b7&avx512 == avx512 && c7&bytewise == bytewise && xgetbv()&switched == switched
}

func cpuid(leaf, sub uint32) (eax, ebx, ecx, edx uint32)

func xgetbv() uint32
