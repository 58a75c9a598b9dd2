package bench

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// Frames are matched in order, one with one, and as many as can be: compared with trying all.
func TestAlign(t *testing.T) {
	split := func(s string) (all [][]byte) {
		for _, b := range []byte(s) {
			all = append(all, []byte{b})
		}
		return all
	}
	var a alignment
	check := func(sent, got string, right int) {
		t.Helper()
		a.align(split(sent), split(got))
		matched := 0
		var order []byte
		for i, m := range a.matched {
			if m {
				matched++
				order = append(order, sent[i])
			}
		}
		if a.right != right || matched != right || a.wrong != len(got)-right || !subsequence(order, []byte(got)) {
			t.Errorf("%q sent, %q delivered: %d right (%d marked), %d wrong, want %d right", sent, got, a.right, matched, a.wrong, right)
		}
	}
	check("abcde", "abcde", 5)
	check("abcde", "axde", 3)
	check("abcde", "", 0)
	check("abcde", "edcba", 1)
	check("aab", "abb", 2)
	check("abc", "abcabc", 3)
	r := rand.New(rand.NewPCG(1, 2))
	word := func() string {
		p := make([]byte, r.IntN(9))
		for i := range p {
			p[i] = 'a' + byte(r.IntN(3))
		}
		return string(p)
	}
	for range 2000 {
		sent, got := word(), word()
		check(sent, got, longestByTrying(sent, got))
	}
}

func subsequence(part, of []byte) bool {
	for _, b := range part {
		i := bytes.IndexByte(of, b)
		if i < 0 {
			return false
		}
		of = of[i+1:]
	}
	return true
}

func longestByTrying(sent, got string) (most int) {
	for set := range 1 << len(sent) {
		var part []byte
		for i := range len(sent) {
			if set>>i&1 == 1 {
				part = append(part, sent[i])
			}
		}
		if len(part) > most && subsequence(part, []byte(got)) {
			most = len(part)
		}
	}
	return most
}
