//go:build !amd64

package codec

import "bytes"

// searchFar is bytes.IndexByte: there are no registers of 64 bytes that this package knows how to use.
func searchFar(p []byte, c byte) int { return bytes.IndexByte(p, c) }
