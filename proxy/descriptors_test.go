package proxy

import (
	"os"
	"testing"
)

// descriptors returns how many this process has open.
func descriptors(t *testing.T) int {
	t.Helper()
	for _, dir := range []string{"/proc/self/fd", "/dev/fd"} {
		if e, err := os.ReadDir(dir); err == nil {
			return len(e)
		}
	}
	t.Skip("no list of descriptors here")
	return 0
}
