package codec

import "encoding/binary"

// The frame check sequence of RFC 1662, C.2: CRC-16 with the polynomial x^16 + x^12 + x^5 + 1, bit-reversed.
const (
	fcsPolynomial = 0x8408
	fcsStart      = 0xffff
	fcsGood       = 0xf0b8 // of a payload and its FCS behind it
)

// fcsFolds is from how many bytes on it is less work to fold them first: the table takes some 50 ns for as many.
const fcsFolds = 64

// fcsTable[k][b] is what byte b contributes with k bytes behind it, so that sixteen bytes are as many independent loads.
var fcsTable = makeFCSTable()

func makeFCSTable() (t [16][256]uint16) {
	for b := range t[0] {
		v := uint16(b)
		for range 8 {
			v = v>>1 ^ v&1*fcsPolynomial
		}
		t[0][b] = v
	}
	for k := 1; k < len(t); k++ {
		for b := range t[k] {
			v := t[k-1][b]
			t[k][b] = v>>8 ^ t[0][byte(v)]
		}
	}
	return t
}

// fcs16 continues an FCS over p. The FCS that is sent is the complement of the last value.
func fcs16(fcs uint16, p []byte) uint16 {
	if clmul && len(p) >= fcsFolds {
		var folded [16]byte
		n := len(p) &^ 63
		fcsFold(&folded, &p[0], n, fcs, &fcsBy)
		fcs, p = fcsByTable(0, folded[:]), p[n:]
	}
	return fcsByTable(fcs, p)
}

func fcsByTable(fcs uint16, p []byte) uint16 {
	t := &fcsTable
	for len(p) >= 16 {
		v, w := binary.LittleEndian.Uint64(p), binary.LittleEndian.Uint64(p[8:])
		next := t[13][byte(v>>16)] ^ t[12][byte(v>>24)] ^ t[11][byte(v>>32)] ^ t[10][byte(v>>40)] ^ t[9][byte(v>>48)] ^ t[8][byte(v>>56)] ^
			t[7][byte(w)] ^ t[6][byte(w>>8)] ^ t[5][byte(w>>16)] ^ t[4][byte(w>>24)] ^
			t[3][byte(w>>32)] ^ t[2][byte(w>>40)] ^ t[1][byte(w>>48)] ^ t[0][byte(w>>56)]
		fcs ^= uint16(v) // all the rest does not wait for the sixteen bytes before
		fcs = next ^ t[15][byte(fcs)] ^ t[14][byte(fcs>>8)]
		p = p[16:]
	}
	for _, b := range p {
		fcs = fcs>>8 ^ t[0][byte(fcs)^b]
	}
	return fcs
}
