//go:build !linux

package sysinfo

// Memory returns how many bytes of memory this process can have, and whether the system tells.
func Memory() (n int64, ok bool) { return 0, false }
