//go:build !amd64

package codec

// wide is false: there are no registers of 64 bytes that this package knows how to use.
const wide = false
