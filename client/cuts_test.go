package client

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// Three frames of 5, 1 and 4 bytes in one write, and where it is cut.
func TestCuts(t *testing.T) {
	const wire = "aaaaabcccc"
	for spec, want := range map[string]string{
		"3":           "aaa aab ccc c",
		"1":           "a a a a a b c c c c",
		"64KiB":       wire,
		CutsHead:      "a aaaab c ccc",
		CutsDelimiter: "aaaa a bccc c", // the frame of one byte is cut before it
	} {
		c, err := parseCuts(spec, 1)
		if err != nil {
			t.Fatal(err)
		}
		c.ends = []int{5, 6, 10}
		var got []string
		if err := c.pieces([]byte(wire), func(b []byte) error { got = append(got, string(b)); return nil }); err != nil {
			t.Fatal(err)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %q, want %q", spec, got, want)
		}
	}
	for _, spec := range []string{"0", "65537", "-1", "nowhere"} {
		if _, err := parseCuts(spec, 1); err == nil {
			t.Errorf("%s passes", spec)
		}
	}
}

// Random pieces are within bounds, cover all bytes, and depend on the seed.
func TestRandomCuts(t *testing.T) {
	wire := bytes.Repeat([]byte("0123456789"), 5000)
	cut := func(seed uint64) (lengths []int) {
		c, err := parseCuts(CutsRandom, seed)
		if err != nil {
			t.Fatal(err)
		}
		var all []byte
		_ = c.pieces(wire, func(b []byte) error { all, lengths = append(all, b...), append(lengths, len(b)); return nil })
		if !bytes.Equal(all, wire) || slices.Max(lengths) > cutMost || slices.Min(lengths) < 1 {
			t.Fatalf("%d bytes of %d in pieces of %d to %d", len(all), len(wire), slices.Min(lengths), slices.Max(lengths))
		}
		return lengths
	}
	if a, b, c := cut(1), cut(1), cut(2); !slices.Equal(a, b) || slices.Equal(a, c) {
		t.Error("the pieces do not depend on the seed alone")
	}
}

// However writes are cut and however slowly replies are read, they are right;
// and each piece is a write of its own.
func TestCutWritesArrive(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	for cuts, least := range map[string]int64{"": 10, "1": 680, "7": 90, CutsRandom: 10, CutsHead: 11, CutsDelimiter: 11} {
		for _, framing := range []string{"u32", "cobs", "delim:sep=0d0a0d0a", "raw"} {
			c := Config{Workload: Echo, Addr: s.Addr, Framing: framing, Payload: PayloadLetters, Messages: 100, Depth: 10, Cuts: cuts, Pause: 1}
			r, err := Run(context.Background(), c, Observer{})
			if err != nil || r.Messages != 100 || framing == "u32" && r.Writes < least {
				t.Errorf("cuts %q, %s: %d messages in %d writes, want %d or more: %v", cuts, framing, r.Messages, r.Writes, least, err)
			}
		}
	}
	for _, c := range []Config{{Workload: Pull, Cuts: "7"}, {Workload: Pull, Pause: 1}, {Workload: Echo, Pause: -1}, {Workload: Echo, Pause: maxPause + 1}, {Workload: Echo, Cuts: "x"}} {
		if _, _, err := c.Resolve(); err == nil {
			t.Errorf("%s with cuts %q and pause %v passes", c.Workload, c.Cuts, c.Pause)
		}
	}
}
