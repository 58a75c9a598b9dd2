//go:build !amd64 && !arm64

package prefetch

import "unsafe"

// Lines does nothing here.
func Lines(unsafe.Pointer, int) {}

// Address does nothing here.
func Address(uintptr, int) {}
