package codec_test

import (
	"encoding/binary"
	"fmt"
	"math"
)

func lengthReference(width int, little bool, adjust int, trailer string) func(*tape) {
	return func(t *tape) {
		for t.more() {
			field := make([]byte, 8)
			for i := range width {
				if little {
					field[7-i] = t.next()
				} else {
					field[8-width+i] = t.next()
				}
			}
			v := binary.BigEndian.Uint64(field)
			behind := v + uint64(adjust) - uint64(len(trailer)) // of 2^64, which the cases sort out
			switch off := adjust - len(trailer); {
			case off < 0 && v < uint64(-off):
				t.fatal("bad_length")
			case off > 0 && v > math.MaxUint64-uint64(off):
				behind = math.MaxUint64
			}
			t.counted(behind, trailer)
		}
	}
}

func uvarintReference(most, bits int, minimal bool, lead int) func(*tape) {
	return func(t *tape) {
		for t.more() {
			for range lead {
				t.next()
			}
			var v uint64
			for i := 0; ; i++ {
				b := t.next()
				group := uint64(b & 0x7f)
				if i == most-1 && b >= 0x80 || minimal && i > 0 && b == 0 {
					t.fatal("bad_length")
				}
				for bit := range 7 {
					if group>>bit&1 != 0 && 7*i+bit >= bits {
						t.fatal("bad_length")
					}
				}
				v |= group << (7 * i)
				if b < 0x80 {
					break
				}
			}
			t.counted(v, "")
		}
	}
}

func netstringReference(t *tape) {
	for t.more() {
		most := len(fmt.Sprint(t.max))
		if t.discard {
			most = 18
		}
		var digits []byte
		for b := t.next(); b != ':' || len(digits) == 0; b = t.next() {
			switch {
			case b < '0' || b > '9' || string(digits) == "0":
				t.fatal("bad_length")
			case len(digits) == most:
				t.fatal("too_long")
			}
			digits = append(digits, b)
		}
		var n uint64
		for _, b := range digits {
			n = 10*n + uint64(b-'0')
		}
		t.counted(n, ",")
	}
}

func fixedReference(size int) func(*tape) {
	return func(t *tape) {
		for t.more() {
			t.counted(uint64(size), "")
		}
	}
}
