package codec

// stuffWide writes what n bytes of src become to dst, which has room for twice as many, and returns how much it is. It takes 32 bytes as
// as many words, puts esc and code into those that are escaped, and takes the upper half out of the others: there is no branch on
// what they are, so nothing costs more than anything else. A pair is an esc in its low byte and a code in the high one.
//
//go:noescape
func stuffWide(dst, src *byte, n int, esc, flag, escPair, flagPair uint16) (wrote int)

// stuffBlocks writes what p becomes to out, which has room for twice as much, and returns how much it is. Only where wide is true.
func (e *escapes) stuffBlocks(out, p []byte) int {
	if len(p) == 0 {
		return 0
	}
	_ = out[2*len(p)-1]
	return stuffWide(&out[0], &p[0], len(p), uint16(e.esc), uint16(e.flag), uint16(e.stuffed[e.esc]), uint16(e.stuffed[e.flag]))
}
