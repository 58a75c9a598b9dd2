package bench

import "math/rand/v2"

// arena is the memory in which all contenders work, in turn. Where a buffer lies, to its cache line and its page, makes differences of
// ten per cent and more between two that are the same, and they would stay for as long as the buffers do. So all have the same
// addresses, and these are drawn anew for each round: what they do to a framing is noise, which shows, and no advantage.
//
//	| ...offset | content | ...  | ...offset | wire | ...  | ...offset | encoded | ... |
type arena struct {
	memory                 [3][]byte
	content, wire, encoded []byte // as placed
}

const (
	arenaSteps = 512 // offsets, over one page
	arenaStep  = 8   // bytes: no allocation lies odder
)

// hold makes room for inputs of n bytes.
func (a *arena) hold(n int) {
	if n += arenaSteps * arenaStep; n > len(a.memory[0]) {
		for i := range a.memory {
			a.memory[i] = make([]byte, n)
		}
		a.shift(nil)
	}
}

// shift draws other places; without r they are the first ones.
func (a *arena) shift(r *rand.Rand) {
	for i, part := range []*[]byte{&a.content, &a.wire, &a.encoded} {
		offset := 0
		if r != nil {
			offset = r.IntN(arenaSteps) * arenaStep
		}
		*part = a.memory[i][offset:]
	}
}
