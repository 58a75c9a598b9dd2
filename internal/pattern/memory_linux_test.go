package pattern

import (
	"bytes"
	"errors"
	"testing"

	"golang.org/x/sys/unix"
)

// The file has what Slice returns, as far as one slice goes.
func TestFileAgreesWithSlice(t *testing.T) {
	for _, name := range Names() {
		c, _ := Named(name, 3)
		for _, off := range []int64{0, 1, Period - 1, Period, 1<<62 - 1} {
			f, at := c.File(off)
			if f == nil {
				t.Fatalf("%s: no file", name)
			}
			got := make([]byte, MaxSlice)
			if _, err := f.ReadAt(got, at); err != nil || !bytes.Equal(got, c.Slice(off, MaxSlice)) {
				t.Errorf("%s: the file differs from Slice(%d), %v", name, off, err)
			}
		}
	}
	for name, c := range map[string]Content{"filled": Filled('A'), "repeated": Repeat([]byte("abc"))} {
		if f, _ := c.File(0); f != nil {
			t.Errorf("%s: a file each would be too many", name)
		}
	}
}

// Whoever receives its pages must not be able to change what others get.
func TestFileCannotBeChanged(t *testing.T) {
	f, _ := Seeded(0).File(0)
	if f == nil {
		t.Fatal("no file")
	}
	if _, err := f.WriteAt([]byte("x"), 0); !errors.Is(err, unix.EPERM) {
		t.Errorf("write: %v", err)
	}
	if err := f.Truncate(1); !errors.Is(err, unix.EPERM) {
		t.Errorf("truncate: %v", err)
	}
}
