package codec

import "bytes"

// searchWide returns where the first c is in p, n if there is none. n is at least 64.
//
//go:noescape
func searchWide(p *byte, n int, c byte) (at int)

// searchOn goes on with a search that found nothing in the first searchNear bytes of p, which are not all of it.
func searchOn(p []byte, c byte) int {
	far := p[searchNear:]
	if !wide || len(far) < 64 {
		if at := bytes.IndexByte(far, c); at >= 0 {
			return searchNear + at
		}
		return -1
	}
	if at := searchWide(&far[0], len(far), c); at < len(far) {
		return searchNear + at
	}
	return -1
}
