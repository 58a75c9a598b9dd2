package codec_test

import (
	"encoding/hex"
	"math"
	"strings"
)

// chunkedReference knows no limits but Max: its inputs are short.
func chunkedReference(t *tape) {
	text := func(b byte) bool { return b >= ' ' && b != 0x7f || b == '\t' }
	for {
		var n uint64
		b, digits := t.next(), 0
		for ; strings.IndexByte("0123456789abcdefABCDEF", b) >= 0; b = t.next() {
			if digits++; digits > 16 {
				t.fatal("bad_length")
			}
			nibble, _ := hex.DecodeString("0" + string(rune(b)))
			n = n<<4 | uint64(nibble[0])
		}
		for digits > 0 && (b == ' ' || b == '\t') {
			b = t.next()
		}
		if digits > 0 && b == ';' {
			for b = t.next(); text(b); {
				b = t.next()
			}
		}
		if digits == 0 || b != '\r' || t.next() != '\n' {
			t.fatal("bad_length")
		}
		if n == 0 {
			break
		}
		if n > uint64(t.max) {
			t.tooLong()
			for n = min(n, math.MaxUint64-2) + 2; n > 0; n-- {
				t.next()
			}
			continue
		}
		t.counted(n, "\r\n")
	}
	for t.more() {
		b := t.next()
		empty := b == '\r'
		for text(b) {
			b = t.next()
		}
		if b != '\r' || t.next() != '\n' || empty && t.more() {
			t.fatal("bad_frame")
		}
	}
}
