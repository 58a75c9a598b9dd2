package pattern

import (
	"bytes"
	"testing"
)

// equal says what bytes.Equal says: for every size, wherever both lie, and
// wherever the one byte is that differs.
func TestEqual(t *testing.T) {
	const most = 1200
	page := seededPage()
	buf := make([]byte, most+2*64)
	for n := range most {
		for _, at := range []int{0, 1, 63} {
			for _, from := range []int{0, 15, 64} {
				clear(buf)
				got, want := buf[64-at:64-at+n], page[from:from+n]
				copy(got, want)
				if !equal(got, want) {
					t.Fatalf("%d bytes at %d and %d: not equal", n, at, from)
				}
				for _, bad := range []int{0, n / 3, n - 1} {
					if bad < 0 || bad >= n {
						continue
					}
					got[bad] ^= 0x10
					if equal(got, want) {
						t.Fatalf("%d bytes at %d and %d: byte %d differs", n, at, from, bad)
					}
					got[bad] ^= 0x10
				}
			}
		}
	}
	for bad := range most { // each place
		got := bytes.Clone(page[:most])
		got[bad]++
		if equal(got, page[:most]) || equal(page[:most], got) {
			t.Fatalf("byte %d of %d differs", bad, most)
		}
	}
	if equal(page[:600], page[:601]) || !equal(nil, nil) {
		t.Error("sizes")
	}
}
