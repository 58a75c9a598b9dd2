//go:build !unix

package sysinfo

// CPUTime returns the processor time of this process, all threads, and whether the system tells.
func CPUTime() (c CPU, ok bool) { return CPU{}, false }

// PeakRSS returns the largest resident set of this process so far, in bytes, and whether the system tells.
func PeakRSS() (bytes int64, ok bool) { return 0, false }

// Kernel returns the release of the running kernel, as uname -r prints it; empty when the system does not tell.
func Kernel() string { return "" }
