package codec

// clmul tells that there is PCLMULQDQ, which multiplies polynomials: on nearly every amd64 since 2010, but what the compiler assumes is
// less. It is a variable for the tests.
var clmul = hasCLMUL()

func hasCLMUL() bool {
	if leaves, _, _, _ := cpuid(0, 0); leaves < 1 {
		return false
	}
	_, _, c, _ := cpuid(1, 0)
	return c&(1<<1) != 0
}

// fcsBy are what moves the first and the second half of 16 bytes on by 64 bytes, and by 16: x^(8n+64) and x^8n modulo the polynomial,
// divided by x, since the product of two 64-bit halves whose lowest bit is the highest power comes out one power too low.
var fcsBy = [4]uint64{fcsPower(512 + 63), fcsPower(511), fcsPower(128 + 63), fcsPower(127)}

// fcsPower is x^n modulo the polynomial, in 64 bits of which the highest is x^0.
func fcsPower(n int) uint64 {
	v := uint16(1 << 15) // x^0, the bits reversed as in fcsPolynomial
	for range n {
		v = v>>1 ^ v&1*fcsPolynomial
	}
	return uint64(v) << 48
}

// fcsFold writes to out sixteen bytes that have, from an FCS of 0, the FCS that n bytes at p have from fcs. n is a multiple of 64 and
// not 0. It is the folding of V. Gopal et al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ Instruction" (Intel, 2009).
//
//go:noescape
func fcsFold(out *[16]byte, p *byte, n int, fcs uint16, by *[4]uint64)
