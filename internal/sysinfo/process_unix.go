//go:build unix

package sysinfo

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// CPUTime returns the processor time of this process, all threads, and whether the system tells.
func CPUTime() (c CPU, ok bool) {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return CPU{}, false
	}
	return CPU{User: time.Duration(u.Utime.Nano()), System: time.Duration(u.Stime.Nano())}, true
}

// PeakRSS returns the largest resident set of this process so far, in bytes, and whether the system tells.
func PeakRSS() (bytes int64, ok bool) {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil || u.Maxrss <= 0 {
		return 0, false
	}
	if runtime.GOOS == "darwin" || runtime.GOOS == "ios" {
		return int64(u.Maxrss), true // bytes there, KiB everywhere else: getrusage(2)
	}
	return int64(u.Maxrss) * 1024, true
}

// Kernel returns the release of the running kernel, as uname -r prints it; empty when the system does not tell.
func Kernel() string {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return ""
	}
	return unix.ByteSliceToString(u.Release[:])
}
