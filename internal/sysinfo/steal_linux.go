package sysinfo

import (
	"bytes"
	"os"
	"strconv"
	"time"
)

// tick is the unit of /proc/stat: USER_HZ, which is 100 on every architecture that Go supports.
const tick = 10 * time.Millisecond

// Steal returns how long the hypervisor let others run while this machine's processors wanted to, since boot and all
// processors together, and whether the system tells. It counts in steps of 10 ms.
func Steal() (d time.Duration, ok bool) {
	b, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, false
	}
	return parseSteal(b)
}

// parseSteal reads the first line of proc_stat(5): cpu user nice system idle iowait irq softirq steal ...
func parseSteal(stat []byte) (time.Duration, bool) {
	line, _, _ := bytes.Cut(stat, []byte("\n"))
	f := bytes.Fields(line)
	if len(f) < 9 || string(f[0]) != "cpu" {
		return 0, false
	}
	n, err := strconv.ParseInt(string(f[8]), 10, 64)
	return time.Duration(n) * tick, err == nil && n >= 0
}
