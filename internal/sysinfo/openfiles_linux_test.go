package sysinfo

import (
	"os"
	"testing"
)

func TestOpenFiles(t *testing.T) {
	before, ok := OpenFiles()
	if !ok {
		t.Skip("/proc is not mounted")
	}
	const more = 5
	for range more {
		f, err := os.Open(os.DevNull)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
	}
	if after, _ := OpenFiles(); after != before+more {
		t.Errorf("%d descriptors after opening %d more than %d", after, more, before)
	}
}
