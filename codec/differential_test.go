package codec_test

import (
	"bufio"
	"bytes"
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/codec/codectest"
)

// differ holds a decoder against its reference, over wire cut at the given places, by way of a Stream, a Reader and a Scanner.
func differ(t *testing.T, r referred, limit int, discard bool, wire []byte, at []int) {
	t.Helper()
	c, err := r.codecOf(limit, discard)
	if err != nil {
		return // a limit that the framing cannot have
	}
	want := r.expect(c, wire, discard)
	same := func(by string, got []string) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Fatalf("%s by way of a %s, %x cut at %d:\n%q, the reference says\n%q", c, by, wire, at, got, want)
		}
	}
	chunks := codectest.Cut(wire, at...)
	same("Stream", outline(codectest.Events(t, c, chunks, false)))
	same("Stream left at each frame", outline(codectest.Events(t, c, chunks, true)))
	same("Reader", outline(readAll(c, chunks, len(at)%5)))
	if i := slices.IndexFunc(want, func(e string) bool { return e[0] == 'e' }); i >= 0 {
		want = want[:i+1] // where a Scanner ends
	}
	same("Scanner", outline(scanAll(c, chunks)))
}

// piecewise is a reader of chunks, one a call.
type piecewise struct{ chunks [][]byte }

func (p *piecewise) Read(b []byte) (int, error) {
	for len(p.chunks) > 0 && len(p.chunks[0]) == 0 {
		p.chunks = p.chunks[1:]
	}
	if len(p.chunks) == 0 {
		return 0, io.EOF
	}
	n := copy(b, p.chunks[0])
	p.chunks = slices.Clone(p.chunks)
	p.chunks[0] = p.chunks[0][n:]
	return n, nil
}

func readAll(c codec.Codec, chunks [][]byte, window int) (events []codectest.Event) {
	r := codec.NewReaderBuffer(&piecewise{chunks}, c, make([]byte, window))
	for {
		frame, err := r.Next()
		if n := len(events); err == io.EOF || n > 0 && err != nil && events[n-1].Err == err {
			return events // the end, or dead
		}
		events = append(events, codectest.Event{Frame: bytes.Clone(frame), Err: err})
	}
}

func scanAll(c codec.Codec, chunks [][]byte) (events []codectest.Event) {
	s := bufio.NewScanner(&piecewise{chunks})
	s.Buffer(nil, 1<<16)
	s.Split(codec.Split(c))
	for s.Scan() {
		events = append(events, codectest.Event{Frame: bytes.Clone(s.Bytes())})
	}
	if s.Err() != nil {
		events = append(events, codectest.Event{Err: s.Err()})
	}
	return events
}

// stream is good frames, damaged ones, and bytes that mean something to the framing in no order.
func (r referred) stream(rnd *rand.Rand, c codec.Codec) []byte {
	letters := func(n int) []byte {
		p := make([]byte, n)
		for i := range p {
			p[i] = r.alphabet[rnd.IntN(len(r.alphabet))]
		}
		return p
	}
	var wire []byte
	for range rnd.IntN(5) {
		if rnd.IntN(4) == 0 {
			wire = append(wire, letters(rnd.IntN(12))...)
		} else {
			wire, _ = c.Append(wire, letters(max(0, codec.Max(c)-rnd.IntN(4))))
		}
	}
	if rnd.IntN(2) == 0 {
		wire = append(wire, codec.End(c)...)
	}
	for n := rnd.IntN(3); n > 0 && len(wire) > 0; n-- {
		switch i := rnd.IntN(len(wire)); rnd.IntN(3) {
		case 0:
			wire = slices.Delete(wire, i, i+1)
		case 1:
			wire = slices.Insert(wire, i, letters(1)[0])
		default:
			wire[i] = letters(1)[0]
		}
	}
	return wire
}

// Every decoder says what its reference says.
func TestReferences(t *testing.T) {
	rounds := 600
	if testing.Short() {
		rounds = 100
	}
	for _, r := range references {
		t.Run(r.spec, func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(1, 2))
			for range rounds {
				limit, discard := 1+rnd.IntN(9), rnd.IntN(2) == 0
				if rnd.IntN(4) == 0 {
					limit = 250 + rnd.IntN(270) // about the longest blocks, and lengths of two bytes
				}
				larger, err := r.codecOf(limit+rnd.IntN(3), discard) // so that some frames are too long
				if err != nil {
					continue
				}
				wire := r.stream(rnd, larger)
				var at []int
				step := 1 + rnd.IntN(1+len(wire))
				for i := rnd.IntN(step); i < len(wire); i += 1 + rnd.IntN(step) {
					at = append(at, i)
				}
				differ(t, r, limit, discard, wire, at)
			}
		})
	}
}

func FuzzReferences(f *testing.F) {
	for i, r := range references {
		f.Add(uint8(i), []byte(r.alphabet), []byte{1, 2}, uint16(3), i%2 == 0)
	}
	f.Fuzz(func(t *testing.T, which uint8, wire, cuts []byte, limit uint16, discard bool) {
		var at []int
		for i, pos := 0, 0; len(cuts) > 0; i++ {
			if pos += int(cuts[i%len(cuts)]); pos >= len(wire) || i > 4*len(wire) {
				break
			}
			at = append(at, pos)
		}
		differ(t, references[int(which)%len(references)], 1+int(limit), discard, wire, at)
	})
}
