//go:build !linux

package affinity

import (
	"fmt"
	"runtime"
)

// Keep fails: the system lets no process choose its processors, or not this way.
func Keep(r Range) error {
	return fmt.Errorf("affinity %v: not on %s", r, runtime.GOOS)
}
