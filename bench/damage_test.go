package bench

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/report"
)

// eachDamaged calls f with damaged streams of every framing, kind and place.
func eachDamaged(t *testing.T, streams int, f func(c codec.Codec, st *damageStream, d damage, place string, wire []byte)) {
	t.Helper()
	all, err := contestants(append(compared, contenders("length:width=4,adjust=1,trailer=ce", "hdlc:fcs=none", "line+crc32c", "slip+crc32c", "hdlc+crc32c",
		"uvarint+crc32c", "cobs:toolong=discard,max=100", "u8:max=120,toolong=discard", "fixed:size=5")...))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		source, err := newDamageSource(c.codec, 1)
		if err != nil {
			t.Fatal(c.name, err)
		}
		r := rand.New(rand.NewPCG(1, 2))
		for n := range streams {
			st, err := source.generate(n)
			if err != nil {
				t.Fatal(c.name, err)
			}
			for _, kind := range damageKinds {
				for _, place := range damagePlaces {
					if d, ok := st.pick(r, kind, place); ok {
						f(c.codec, st, d, place, d.apply(nil, st.wire, r))
					}
				}
			}
		}
	}
}

// What is decoded of a damaged stream, with the places of the frames, is what a Stream makes of it; and the byte that gave the damage
// away is the one with which a Stream that is fed byte by byte raises its first error.
func TestDamageDecodedAsStream(t *testing.T) {
	var got delivery
	eachDamaged(t, 4, func(c codec.Codec, _ *damageStream, d damage, place string, wire []byte) {
		var frames [][]byte
		first, errs := len(wire), 0
		s := codec.NewStream(c)
		for i := range wire {
			for frame, err := range s.Feed(wire[i : i+1 : i+1]) {
				if err != nil {
					errs++
					first = min(first, i)
				} else {
					frames = append(frames, bytes.Clone(frame))
				}
			}
		}
		last, err := s.Close()
		if last != nil {
			frames = append(frames, last)
		}
		if err != nil {
			errs++
		}
		got.decode(c, wire)
		if !reflect.DeepEqual(frames, append([][]byte(nil), got.frames...)) {
			t.Fatalf("%s, %s in %s: %d frames, a stream yields %d", c, d.kind, place, len(got.frames), len(frames))
		}
		if (got.err != nil) != (errs > 0) {
			t.Fatalf("%s, %s in %s: error %v, a stream raises %d", c, d.kind, place, got.err, errs)
		}
		if got.err != nil {
			if at := got.gaveAway(c, wire); at != first {
				t.Fatalf("%s, %s in %s at %d of %d: %v given away by byte %d, a stream by %d", c, d.kind, place, d.at, len(wire), got.err, at, first)
			}
		}
	})
}

// The parts of a frame add up, a payload that is sent verbatim lies where it is said to, and damage hits the part that it is meant for.
func TestDamagePlaces(t *testing.T) {
	hits := map[string]int{}
	eachDamaged(t, 2, func(c codec.Codec, st *damageStream, d damage, place string, wire []byte) {
		for i, e := range st.spots {
			frame := st.wire[st.starts[i]:st.starts[i+1]]
			if e.head < 0 || e.payload < len(st.sent[i]) || e.tail < 0 || e.head+e.payload+e.tail != len(frame) {
				t.Fatalf("%s: a frame of %d bytes in parts of %+v", c, len(frame), e)
			}
			if e.payload == len(st.sent[i]) && baseName(c.String()) != "cobs" && !bytes.Equal(frame[e.head:e.head+e.payload], st.sent[i]) {
				t.Fatalf("%s: the payload is not behind the head of %d bytes", c, e.head)
			}
		}
		if d.frame == damageFrames {
			return // in the end of chunked
		}
		e, at := st.spots[d.frame], d.at-st.starts[d.frame]
		in := map[string]bool{
			placeAny: at >= 0 && at < e.head+e.payload+e.tail, placeHead: at >= 0 && at < e.head,
			placePayload: at >= e.head && at < e.head+e.payload, placeDelimiter: at >= e.head+e.payload && at < e.head+e.payload+e.tail,
		}
		if !in[place] {
			t.Fatalf("%s: %s in %s is at %d of %+v", c, d.kind, place, at, e)
		}
		if place != placeAny && d.kind == damageTruncate && at == 0 {
			t.Fatalf("%s: a cut on the boundary counts as one inside the %s", c, place)
		}
		hits[c.String()+" "+place]++
		if n := len(wire) - len(st.wire); d.kind != damageTruncate && n != d.shift || bytes.Equal(wire, st.wire) && d.kind == damageFlip {
			t.Fatalf("%s: %s made %d bytes of %d", c, d.kind, len(wire), len(st.wire))
		}
	})
	for _, c := range []struct {
		what string
		any  bool
	}{
		{"u32 head", true}, {"u32 delimiter", false}, {"line head", false}, {"line delimiter", true}, {"slip head", false}, {"hdlc head", true},
		{"cobs head", true}, {"fixed:size=64 delimiter", false}, {"u32+crc32c delimiter", true}, {"netstring head", true}, {"fixed:size=5 payload", true},
	} {
		if (hits[c.what] > 0) != c.any {
			t.Errorf("%s: %d times, is there: %v", c.what, hits[c.what], c.any)
		}
	}
}

// What is known of certain framings comes out, exactly where it is exact.
func TestDamages(t *testing.T) {
	done, all := 0, 0
	const trials = 150
	rows, err := Damages(t.Context(), append(compared, contenders("raw", "eof")...), 1, trials, func(d, a int) {
		if d < done {
			t.Errorf("%d done after %d", d, done)
		}
		done, all = d, a
	})
	if err != nil || done != all || all != trials*(len(compared)+2) || len(rows) != 21*(len(compared)+2) {
		t.Fatalf("%d rows, %d of %d done, %v", len(rows), done, all, err)
	}
	row := func(contender, kind, place string) report.Damage {
		for _, r := range rows {
			if r.Contender == contender && r.Kind == kind && r.Place == place {
				return r
			}
		}
		t.Fatalf("no row of %s, %s, %s", contender, kind, place)
		return report.Damage{}
	}
	is := func(contender, kind, place, what string, got, low, high float64) {
		t.Helper()
		if !(got >= low && got <= high) {
			t.Errorf("%s, %s, %s: %s %v, want %v to %v", contender, kind, place, what, got, low, high)
		}
	}
	for _, c := range compared {
		cut := row(c.Name, damageTruncate, placeBoundary)
		told := 0.0
		if c.Name == "chunked" { // the only one with an end
			told = 1
		}
		is(c.Name, damageTruncate, placeBoundary, "detected", cut.Detected.P, told, told)
		is(c.Name, damageTruncate, placeBoundary, "silent", cut.Silent.P, 0, 0)
		if inside := row(c.Name, damageTruncate, placePayload); c.Name != "hdlc" { // an opening flag alone is fill
			is(c.Name, damageTruncate, placePayload, "detected", inside.Detected.P, 1, 1)
		}
		if cut.NeverResynced != nil || cut.ResyncBytes != nil {
			t.Errorf("%s: found its way behind the end", c.Name)
		}
	}
	for _, c := range []string{"hdlc", "u32+crc32c", "cobs+crc32c"} { // every single bit is told by a checksum
		for _, kind := range []string{damageFlip} {
			is(c, kind, placePayload, "detected", row(c, kind, placePayload).Detected.P, 1, 1)
			is(c, kind, placeAny, "silent", row(c, kind, placeAny).Silent.P, 0, 0)
		}
	}
	// A flipped payload bit is one wrong frame, seen by nobody, and the next one is right.
	flip := row("u32", damageFlip, placePayload)
	is("u32", damageFlip, placePayload, "detected", flip.Detected.P, 0, 0)
	is("u32", damageFlip, placePayload, "silent", flip.Silent.P, 1, 1)
	is("u32", damageFlip, placePayload, "lost", flip.Lost.Mean, 1, 1)
	is("u32", damageFlip, placePayload, "resync frames", flip.ResyncFrames.Mean, 1, 1)
	is("u32", damageFlip, placePayload, "resync bytes", flip.ResyncBytes.Mean, 20, 60) // to the end of a frame, from its middle
	is("u32", damageFlip, placePayload, "never", flip.NeverResynced.P, 0, 0)
	// Without its delimiter a line is one with the next: both are lost, and the third is right.
	drop := row("line", damageDrop, placeDelimiter)
	is("line", damageDrop, placeDelimiter, "resync frames", drop.ResyncFrames.Mean, 2, 2)
	is("line", damageDrop, placeDelimiter, "lost", drop.Lost.Mean, 1.9, 2)
	// A second delimiter is fill in cobs and an empty line.
	is("cobs", damageDuplicate, placeDelimiter, "lost", row("cobs", damageDuplicate, placeDelimiter).Lost.Mean, 0, 0)
	is("cobs", damageDuplicate, placeDelimiter, "silent", row("cobs", damageDuplicate, placeDelimiter).Silent.P, 0, 0)
	is("line", damageDuplicate, placeDelimiter, "silent", row("line", damageDuplicate, placeDelimiter).Silent.P, 1, 1)
	// A length field never finds its way again; a comma too many is seen at once, and ends the stream behind a frame that arrived.
	is("u32", damageDrop, placeAny, "never", row("u32", damageDrop, placeAny).NeverResynced.P, 0.95, 1)
	comma := row("netstring", damageDuplicate, placeDelimiter)
	is("netstring", damageDuplicate, placeDelimiter, "never", comma.NeverResynced.P, 1, 1)
	is("netstring", damageDuplicate, placeDelimiter, "distance", comma.Distance.Mean, 1, 1)
	// What fixed loses it notices at the end alone.
	is("fixed:size=64", damageDrop, placeAny, "distance", row("fixed:size=64", damageDrop, placeAny).Distance.Mean, 900, 1700)
	for _, r := range []struct{ contender, kind, place, why string }{
		{"raw", damageFlip, placeAny, "does not tell where a frame ends"}, {"eof", damageFlip, placeAny, "one message"},
		{"line", damageFlip, placeHead, "no bytes before a payload"}, {"line", damageTruncate, placeHead, "no bytes before a payload"},
		{"u32", damageDrop, placeDelimiter, "no bytes behind a payload"}, {"uvarint", damageTruncate, placeHead, "no cut lies inside the bytes before"},
	} {
		if got := row(r.contender, r.kind, r.place); !strings.Contains(got.Refused, r.why) || got.Trials != 0 || got.Detected != nil {
			t.Errorf("%s, %s, %s: refused %q, %d trials, want %q", r.contender, r.kind, r.place, got.Refused, got.Trials, r.why)
		}
	}
}

func TestDamagesSeeded(t *testing.T) {
	run := func(seed uint64) []report.Damage {
		rows, err := Damages(t.Context(), contenders("u32"), seed, 20, nil)
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	one := run(1)
	if !reflect.DeepEqual(one, run(1)) || reflect.DeepEqual(one, run(2)) {
		t.Error("a seed does not decide on the damage")
	}
	if _, err := Damages(t.Context(), contenders("u32"), 1, 0, nil); err == nil || !strings.Contains(err.Error(), "at least 1") {
		t.Errorf("0 trials: %v", err)
	}
	if _, err := Damages(t.Context(), contenders("u33"), 1, 1, nil); !errors.Is(err, codec.ErrSpec) {
		t.Errorf("no framing: %v", err)
	}
	// The rows of the contenders that are whole are kept.
	ctx, cancel := context.WithCancel(t.Context())
	rows, err := Damages(ctx, contenders("u32", "line"), 1, 20, func(done, all int) {
		if done == all/2 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || len(rows) > 42 || len(rows) < 21 || !reflect.DeepEqual(rows[:21], one) {
		t.Errorf("stopped in the middle: %d rows, %v", len(rows), err)
	}
}
