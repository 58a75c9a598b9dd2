package affinity

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

// Keep keeps all threads of the process, those to come included, to the processors
// of r, and GOMAXPROCS to their number. It fails if one of them is not among those
// that the process may run on, and then changes nothing.
func Keep(r Range) error {
	var may, want unix.CPUSet
	if err := unix.SchedGetaffinity(0, &may); err != nil {
		return os.NewSyscallError("sched_getaffinity", err)
	}
	for cpu := r.First; cpu <= r.Last; cpu++ {
		if !may.IsSet(cpu) {
			return fmt.Errorf("affinity %v: this process may run on %s", r, listOf(&may))
		}
		want.Set(cpu)
	}
	if err := keepThreads(&want); err != nil {
		return err
	}
	runtime.GOMAXPROCS(min(runtime.GOMAXPROCS(0), want.Count()))
	return nil
}

// keepThreads looks until it finds no thread that it has not kept: one that begins
// meanwhile is as free as the one that made it was.
func keepThreads(want *unix.CPUSet) error {
	kept := map[int]bool{}
	for more := true; more; {
		threads, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return err
		}
		more = false
		for _, t := range threads {
			id, err := strconv.Atoi(t.Name())
			if err != nil || kept[id] {
				continue
			}
			if err := unix.SchedSetaffinity(id, want); err != nil && !errors.Is(err, unix.ESRCH) {
				return os.NewSyscallError("sched_setaffinity", err)
			}
			kept[id], more = true, true
		}
	}
	return nil
}

// listOf writes a set as the kernel does: 0-3,8.
func listOf(set *unix.CPUSet) (list string) {
	for cpu := 0; cpu < most; cpu++ {
		if !set.IsSet(cpu) {
			continue
		}
		r := Range{cpu, cpu}
		for r.Last+1 < most && set.IsSet(r.Last+1) {
			r.Last++
		}
		if list != "" {
			list += ","
		}
		list += r.String()
		cpu = r.Last
	}
	return list
}
