//go:build !amd64

package pattern

import "bytes"

func equal(a, b []byte) bool { return bytes.Equal(a, b) }
