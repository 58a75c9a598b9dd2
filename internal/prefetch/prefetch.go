//go:build amd64 || arm64

// Package prefetch asks the processor for memory that will be needed soon.
//
// With a thousand connections each event finds its own connection in no cache,
// and waits for memory once for every line of 64 bytes that it gets to. Asked for
// before, they come all at once, and while a system call is made: 4 % more echoed
// by a thousand (bench/results/echo-thousand.txt).
package prefetch

import "unsafe"

// Lines asks for the n lines of 64 bytes, at least one, from that of p on, to be
// brought near. It does not wait, and an address of nothing does no harm.
//
//go:noescape
func Lines(p unsafe.Pointer, n int)

// Address is Lines for what may be gone: an address keeps nothing alive.
func Address(p uintptr, n int)
