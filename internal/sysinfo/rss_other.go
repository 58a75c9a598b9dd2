//go:build !linux

package sysinfo

// RSS returns the resident set of this process, in bytes, and whether the system tells.
func RSS() (n int64, ok bool) { return 0, false }
