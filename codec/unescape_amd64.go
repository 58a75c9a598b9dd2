package codec

// unescapeRuns is unescape in SSE2, which every amd64 has: two blocks of 16 bytes are copied whole and looked through for esc at the
// same time. In Go that is a search and a copy for each run, and a call of each for every 128 bytes of random payload.
//
// It takes up to n bytes of src, until fewer than 32 are left, or an esc whose code is not there or means nothing. dst has room for n.
//
// What is left of the time for 4 KiB of random payload, about 1.8 times a CRC-32C of it besides the search for the delimiter, is a branch
// for each run that nobody can predict, some 30 cycles until the load behind it is done. Blocks of 64 bytes were tried and are slower:
// more of a block is looked at twice. A payload of nothing but escapes stays in the last loop, at a cycle or two a byte.
//
//go:noescape
func unescapeRuns(dst, src *byte, n int, esc uint64, plain *[256]int16) (read, wrote int)

// unescape writes to dst what the start of src stands for, and returns how many bytes of src that is and how many it wrote. It may stop
// anywhere but between an esc and its code. dst is as long as src, and behind what was written it is left in no order.
func unescape(dst, src []byte, esc byte, plain *[256]int16) (read, wrote int) {
	if len(src) < 32 {
		return 0, 0
	}
	_ = dst[len(src)-1]
	return unescapeRuns(&dst[0], &src[0], len(src), uint64(esc)*0x0101010101010101, plain)
}
