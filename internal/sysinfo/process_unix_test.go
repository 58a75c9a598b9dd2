//go:build unix

package sysinfo

import (
	"os"
	"runtime"
	"testing"
)

// CPU time must grow with work. The kernel accounts in ticks at worst, so work until it shows.
func TestCPUTimeGrows(t *testing.T) {
	before, ok := CPUTime()
	if !ok {
		t.Fatal("not told")
	}
	sum := 0
	for i := range 1 << 34 {
		sum += i * i
		if i%(1<<16) == 0 {
			if after, _ := CPUTime(); after.Sub(before).Total() > 0 {
				runtime.KeepAlive(sum)
				return
			}
		}
	}
	t.Fatal("CPU time did not move")
}

func TestPeakRSS(t *testing.T) {
	n, ok := PeakRSS()
	if !ok || n < 1<<20 || n > 1<<40 {
		t.Errorf("PeakRSS = %d, %v: a Go process takes more than 1 MiB and less than 1 TiB", n, ok)
	}
}

func TestKernel(t *testing.T) {
	if k := Kernel(); k == "" {
		t.Error("no release")
	}
	if runtime.GOOS != "linux" {
		return
	}
	if b, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil && string(b) != Kernel()+"\n" {
		t.Errorf("Kernel = %q, want %q", Kernel(), b)
	}
}
