package bench

import "bytes"

// alignment matches frames that were delivered with frames that were sent: in order, each with one at most, and as many as possible (the
// longest common subsequence). So no frame counts as right because another one like it was sent before or behind its place, and no
// better alignment could make a framing look better.
//
//	sent        A B C D E
//	delivered   A x D E        x is wrong; B and C are lost; the first that is right again is D
type alignment struct {
	matched []bool // of the frames sent: was delivered
	right   int    // how many
	wrong   int    // delivered frames that match none

	lengths []int // memory of the table
}

// align fills in a. Frames that are right at the start and at the end, which are nearly all, need no table: trimming them off leaves
// the longest common subsequence as long.
func (a *alignment) align(sent, got [][]byte) {
	n := len(sent)
	a.matched = append(a.matched[:0], make([]bool, n)...)
	first := 0
	for first < n && first < len(got) && bytes.Equal(sent[first], got[first]) {
		a.matched[first] = true
		first++
	}
	last := 0
	for last < n-first && last < len(got)-first && bytes.Equal(sent[n-1-last], got[len(got)-1-last]) {
		a.matched[n-1-last] = true
		last++
	}
	a.right = first + last + a.middle(first, sent[first:n-last], got[first:len(got)-last])
	a.wrong = len(got) - a.right
}

// middle matches what is left, of which the first frame sent is number from. It returns how many matched.
func (a *alignment) middle(from int, sent, got [][]byte) int {
	if len(sent) == 0 || len(got) == 0 {
		return 0
	}
	// lengths[i*wide+j] is that of the longest common subsequence of sent[i:] and got[j:].
	wide := len(got) + 1
	a.lengths = append(a.lengths[:0], make([]int, (len(sent)+1)*wide)...)
	for i := len(sent) - 1; i >= 0; i-- {
		for j := len(got) - 1; j >= 0; j-- {
			v := max(a.lengths[(i+1)*wide+j], a.lengths[i*wide+j+1])
			if bytes.Equal(sent[i], got[j]) {
				v = a.lengths[(i+1)*wide+j+1] + 1
			}
			a.lengths[i*wide+j] = v
		}
	}
	right := a.lengths[0]
	for i, j := 0, 0; i < len(sent) && j < len(got); {
		switch here := a.lengths[i*wide+j]; {
		case bytes.Equal(sent[i], got[j]):
			a.matched[from+i] = true
			i, j = i+1, j+1
		case a.lengths[(i+1)*wide+j] == here:
			i++
		default:
			j++
		}
	}
	return right
}
