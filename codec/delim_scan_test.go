package codec_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/loadframe/loadframe/codec"
)

// All streams of nine bytes from three letters, whole and cut once, have the frames that bytes.Index finds: there are several ways to
// search for a delimiter, and which is taken depends on what came before.
func TestDelimOfEveryShortStream(t *testing.T) {
	const size = 9
	for _, sep := range []string{"a", "ab", "aab", "aba", "abc", "aaab", "abab"} {
		for cut := range size {
			s, stream := codec.NewStream(codec.Delim{Sep: sep, Tail: codec.TailDrop}), bytes.Repeat([]byte("a"), size)
			for more := true; more; more = following(stream) {
				wire := append(bytes.Clone(stream), sep...) // so that what follows begins a frame, whatever this one ends in
				want := bytes.Split(wire, []byte(sep))
				want = want[:len(want)-1]
				rest := wire[len(bytes.Join(want, []byte(sep)))+len(sep):]
				if len(rest) > 0 {
					continue // a part of sep is left over, which only what follows would end
				}
				var got [][]byte
				for _, chunk := range [][]byte{wire[:cut], wire[cut:]} {
					for frame, err := range s.Feed(chunk) {
						if err != nil {
							t.Fatal(err)
						}
						got = append(got, bytes.Clone(frame))
					}
				}
				if !slices.EqualFunc(got, want, bytes.Equal) {
					t.Fatalf("delimiter %q, %q cut at %d: %q, want %q", sep, wire, cut, got, want)
				}
			}
		}
	}
}

// following makes the next of all streams of the letters a, b and c out of stream. It returns false after the last one.
func following(stream []byte) bool {
	for i := range stream {
		if stream[i]++; stream[i] <= 'c' {
			return true
		}
		stream[i] = 'a'
	}
	return false
}
