package codec

import (
	"syscall"
	"testing"
)

// A search reads nothing outside of its bytes: here they lie between two pages that nobody may read.
func TestSearchStaysInside(t *testing.T) {
	page := syscall.Getpagesize()
	memory, err := syscall.Mmap(-1, 0, 3*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Munmap(memory) })
	for _, guard := range [][]byte{memory[:page], memory[2*page:]} {
		if err := syscall.Mprotect(guard, syscall.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	inside := memory[page : 2*page]
	eachWidth(func() {
		for n := range page + 1 {
			for _, p := range [][]byte{inside[:n], inside[page-n:]} {
				if at := search(p, 1); at >= 0 {
					t.Fatalf("found at %d of %d zeros", at, n)
				}
			}
		}
	})
}
