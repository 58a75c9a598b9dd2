package sysinfo

import (
	"bytes"
	"os"
	"strconv"
)

// RSS returns the resident set of this process, in bytes, and whether the system tells.
func RSS() (n int64, ok bool) {
	b, err := os.ReadFile("/proc/self/statm") // pages: total, resident, ...
	if err != nil {
		return 0, false
	}
	f := bytes.Fields(b)
	if len(f) < 2 {
		return 0, false
	}
	pages, err := strconv.ParseInt(string(f[1]), 10, 64)
	return pages * int64(os.Getpagesize()), err == nil
}
