// Package affinity keeps a process to some of the processors of its machine.
package affinity

import (
	"fmt"
	"strconv"
	"strings"
)

// most is how many processors can be told apart: as many as the kernel's own
// programs take.
const most = 1024

// Range is processors that are numbered one after the other, as the kernel numbers
// them.
type Range struct{ First, Last int }

// Parse reads a number, or two with a dash between them: 3 or 0-3. A comma is
// refused: to iperf3 it parts the client's processor from the server's, to taskset
// one processor from the next.
func Parse(text string) (Range, error) {
	first, last, two := strings.Cut(text, "-")
	r := Range{number(first), number(first)}
	if two {
		r.Last = number(last)
	}
	if r.First < 0 || r.Last < r.First {
		return Range{}, fmt.Errorf("%.32q: want a processor or a range of them, as 0 or 0-3, below %d", text, most)
	}
	return r, nil
}

func number(text string) int {
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil || n >= most {
		return -1
	}
	return int(n)
}

// String returns what Parse reads.
func (r Range) String() string {
	if r.First == r.Last {
		return strconv.Itoa(r.First)
	}
	return fmt.Sprintf("%d-%d", r.First, r.Last)
}
