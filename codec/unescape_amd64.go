package codec

// unescapeSSE2 copies two blocks of 16 bytes whole and looks through them for esc at the same time. In Go that is a search and a copy
// for each run, and a call of each for every 128 bytes of random payload.
//
// It takes up to n bytes of src, until fewer than 32 are left, or an esc whose code is not there or means nothing. dst has room for n.
//
// For 4 KiB of random payload it takes about 1.8 times a CRC-32C of it: a branch for each run that nobody can predict, some 30 cycles
// until the load behind it is done. Blocks of 64 bytes were tried and are slower: more of a block is looked at twice. Blocks moved a
// second time from behind their first esc, whether there is one or not, need no such branch and are no faster: then it is the stores.
// A payload of nothing but escapes stays in the last loop, at a cycle or two a byte.
//
//go:noescape
func unescapeSSE2(dst, src *byte, n int, esc uint64, plain *[256]int16) (read, wrote int)

// unescapeWide takes every esc out of a block of 64 bytes at once and has no branch on what they are. It knows the two codes of flag and
// esc, of which code is the lower and the other one more, and what plain makes of them. It takes all of src, or stops at most 512 bytes
// before an esc that is followed by anything else.
//
// It is bound by the number of its instructions, and, where another thread shares the core, by those that only one port takes. So codes
// are not compared with what they may be in each block, but the farthest from it is kept, and a map of bits, of another port, does for
// both. A mask of the codes made from that of the escs took five instructions; to compare the bytes one place lower takes one. 4 KiB of
// random payload take 135 ns and not 165.
//
//go:noescape
func unescapeWide(dst, src *byte, n int, esc, code uint8, plain uint64) (read, wrote int)

// unescape writes to dst what the start of src stands for, and returns how many bytes of src that is and how many it wrote. It may stop
// anywhere but between an esc and its code. dst is as long as src, and behind what was written it is left in no order.
func (e *escapes) unescape(dst, src []byte) (read, wrote int) {
	if len(src) == 0 {
		return 0, 0
	}
	_ = dst[len(src)-1]
	if wide {
		read, wrote = unescapeWide(&dst[0], &src[0], len(src), e.esc, min(e.escCode, e.flagCode), e.matrix)
	}
	if n := len(src) - read; n >= 32 {
		r, w := unescapeSSE2(&dst[wrote], &src[read], n, uint64(e.esc)*0x0101010101010101, &e.plain)
		read, wrote = read+r, wrote+w
	}
	return read, wrote
}
