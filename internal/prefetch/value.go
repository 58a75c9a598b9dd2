package prefetch

import "unsafe"

// Value asks for the first line of what v points to. v holds a pointer.
func Value(v any) {
	Lines((*[2]unsafe.Pointer)(unsafe.Pointer(&v))[1], 1)
}
