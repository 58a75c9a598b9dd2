// Package sysinfo reads facts about the machine, the process and the binary. Every function is safe for concurrent use and
// opens nothing that it leaves open. What an operating system does not tell comes back as ok = false or an empty string,
// never as a made-up zero.
package sysinfo

import "time"

// CPU is the processor time that the process has used since it began.
type CPU struct {
	User   time.Duration
	System time.Duration
}

// Total returns user and system time together.
func (c CPU) Total() time.Duration { return c.User + c.System }

// Sub returns the time used since an earlier reading.
func (c CPU) Sub(earlier CPU) CPU {
	return CPU{User: c.User - earlier.User, System: c.System - earlier.System}
}
