//go:build !linux

package sysinfo

import "time"

// Steal returns how long the hypervisor let others run while this machine's processors wanted to, since boot and all
// processors together, and whether the system tells.
func Steal() (d time.Duration, ok bool) { return 0, false }
