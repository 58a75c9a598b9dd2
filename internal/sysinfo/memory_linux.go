package sysinfo

import (
	"bytes"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// Memory returns how many bytes of memory this process can have, and whether the system tells: the machine's, or less if a
// container (cgroup v2, as the container sees it) has a limit.
func Memory() (n int64, ok bool) {
	var i unix.Sysinfo_t
	if unix.Sysinfo(&i) != nil {
		return 0, false
	}
	n = int64(uint64(i.Totalram) * uint64(i.Unit))
	if b, err := os.ReadFile("/sys/fs/cgroup/memory.max"); err == nil {
		if limit, err := strconv.ParseInt(string(bytes.TrimSpace(b)), 10, 64); err == nil && limit > 0 { // or "max"
			n = min(n, limit)
		}
	}
	return n, n > 0
}
