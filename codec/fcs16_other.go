//go:build !amd64

package codec

// clmul is false: what multiplies polynomials here is not known to this package.
const clmul = false

var fcsBy [4]uint64

// fcsFold is there for the compiler: clmul is false.
func fcsFold(*[16]byte, *byte, int, uint16, *[4]uint64) {}
