package codec

import (
	"bytes"
	"strings"
)

// matcher finds the first of some delimiters. Since none lies inside another, but at its end, the one that starts first is
// also the first to be complete, or ends together with another.
type matcher struct {
	seps     [maxSeps]string
	n        int       // how many
	shortest int       // size of the shortest one
	longest  int       // and of the longest
	single   bool      // all of them begin with the same byte
	firsts   [4]uint64 // the bytes that they begin with, a bit each
}

// matcher fills m, which lies with the caller so that encoding need not allocate.
func (d *Delim) matcher(m *matcher) {
	*m = matcher{single: true, shortest: len(d.Sep)}
	m.add(d.Sep)
	for i := range d.Also {
		if s := d.Also[i]; s != "" {
			m.add(s)
		}
	}
}

func (m *matcher) add(s string) {
	m.seps[m.n] = s
	m.n++
	m.shortest, m.longest = min(m.shortest, len(s)), max(m.longest, len(s))
	m.single = m.single && s[0] == m.seps[0][0]
	m.firsts[s[0]>>6] |= 1 << (s[0] & 63)
}

// find returns where the first delimiter in b starts, and its size. Without one the size is 0, and at is where one may have begun, or
// the end.
func (m *matcher) find(b []byte) (at, size int) {
	if m.n == 1 { // as scan, and for the same reason
		var room [16]byte
		only := append(room[:0], m.seps[0]...)
		if at = bytes.Index(b, only); at >= 0 {
			return at, len(only)
		}
		at = max(0, len(b)-len(only)+1)
	}
	for ; ; at++ {
		i := m.next(b[at:])
		if i < 0 {
			return len(b), 0
		}
		at += i
		if size, more := m.match(b[at:]); size > 0 || more {
			return at, size
		}
	}
}

// next returns the index of the first byte of b that a delimiter begins with, -1 if there is none.
func (m *matcher) next(b []byte) int {
	if m.single {
		return search(b, m.seps[0][0])
	}
	for i, c := range b {
		if m.firsts[c>>6]>>(c&63)&1 != 0 {
			return i
		}
	}
	return -1
}

// match returns the size of the delimiter that b begins with, or 0; more is true if b is too short to tell.
func (m *matcher) match(b []byte) (size int, more bool) {
	for _, s := range m.seps[:m.n] {
		n := min(len(s), len(b))
		if string(b[:n]) != s[:n] {
			continue
		}
		if n == len(s) {
			return n, false
		}
		more = true
	}
	return 0, more
}

// across returns where in payload[from:] a delimiter begins that ends in the sep written behind it, -1 if none does. Such a one cannot
// reach beyond the sep, which would lie inside it.
func (m *matcher) across(payload []byte, from int, sep string) int {
	for at := max(from, len(payload)-m.longest+1); at < len(payload); at++ {
		rest := payload[at:]
		for _, s := range m.seps[:m.n] {
			if len(s) > len(rest) && s[:len(rest)] == string(rest) && strings.HasPrefix(sep, s[len(rest):]) {
				return at
			}
		}
	}
	return -1
}
