package server

import "runtime"

// spareProcessor gives Go one processor (GOMAXPROCS) more, if there are no more of
// them than loops, in a process that has nothing else to do.
//
// Where all of them run loops, Go takes one away from a loop that is in a system
// call when the kernel takes its CPU away, and wakes a thread to look for work
// with it. There is none; and the loop, back again, waits or changes its thread.
// While one is idle, Go leaves the others alone. At 1,000 connections on two CPUs
// echo makes 4 % more messages (bench/results/echo-thousand.txt).
//
// Not [gnet.WithLockOSThread], which does the same for crowds: see engine.go.
func spareProcessor(loops int) {
	if procs := runtime.GOMAXPROCS(0); procs <= loops {
		runtime.GOMAXPROCS(procs + 1)
	}
}
