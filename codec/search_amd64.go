package codec

import "bytes"

// searchWide returns where the first c is in p, n if there is none. n is at least 64.
//
//go:noescape
func searchWide(p *byte, n int, c byte) (at int)

// searchFar returns what bytes.IndexByte does.
func searchFar(p []byte, c byte) int {
	if !wide || len(p) < 64 {
		return bytes.IndexByte(p, c)
	}
	at := searchWide(&p[0], len(p), c)
	if at == len(p) {
		return -1
	}
	return at
}
