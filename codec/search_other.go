//go:build !amd64

package codec

import "bytes"

// searchOn goes on with a search that found nothing in the first searchNear bytes of p, which are not all of it.
func searchOn(p []byte, c byte) int {
	if at := bytes.IndexByte(p[searchNear:], c); at >= 0 {
		return searchNear + at
	}
	return -1
}
