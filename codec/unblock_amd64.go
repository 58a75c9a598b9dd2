package codec

// unblockSSE2 and unblockWide take whole blocks of src until fewer than unblockMin bytes are left, or at a code of 0. From each block they
// move 256 bytes, whatever its code says, and what is too much is written over by the next: a move of just so many would end in a branch
// that nobody can predict, some 20 cycles for each 160 bytes of random payload. Only of the short ones they move less, lest a payload of
// zeros cost 256 bytes for each.
//
//go:noescape
func unblockSSE2(dst, src *byte, n int) (read, wrote int)

//go:noescape
func unblockWide(dst, src *byte, n int) (read, wrote int)

// unblock writes to dst what the whole blocks at the start of src stand for, the 00 behind the last one too, and returns how many bytes
// of src that is and how many it wrote. More of src follows them. dst is as long as src, and behind what was written it is left in no
// order.
func unblock(dst, src []byte) (read, wrote int) {
	if len(src) < unblockMin {
		return 0, 0
	}
	_ = dst[len(src)-1]
	if wide {
		return unblockWide(&dst[0], &src[0], len(src))
	}
	return unblockSSE2(&dst[0], &src[0], len(src))
}
