//go:build !amd64

package codec

// stuffBlocks is there for the compiler: wide is false.
func (e *escapes) stuffBlocks(out, p []byte) int { return e.stuffed.stuff(out, p) }
