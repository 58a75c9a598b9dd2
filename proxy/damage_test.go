package proxy

import (
	"bytes"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"reflect"
	"testing"
)

func mustParse(t testing.TB, text string) Spec {
	t.Helper()
	s, err := ParseSpec(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// damaged passes in through a damager in chunks whose sizes cut returns.
func damaged(s Spec, conn int64, in []byte, cut func() int) ([]byte, Counts, []Event) {
	var c counts
	d := newDamager(&s, conn, up, &c, 1<<20)
	var out []byte
	for len(in) > 0 {
		chunk := in[:min(cut(), len(in))]
		in = in[len(chunk):]
		for len(chunk) > 0 {
			piece, n := d.apply(nil, chunk, 100)
			out = append(out, piece...)
			chunk = chunk[n:]
		}
	}
	return out, c.load(), d.events
}

func content(n int) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{1})
	_, _ = r.Read(b)
	return b
}

// replay is what events say became of in: the oracle, which knows nothing of
// how places are chosen.
func replay(in []byte, events []Event) []byte {
	var out []byte
	at := int64(0)
	upTo := func(off int64) {
		out = append(out, in[at:off]...)
		at = off
	}
	for _, e := range events {
		switch e.Kind {
		case Flip:
			upTo(e.Offset)
			out = append(out, in[at]^e.Value)
			at++
		case Drop:
			upTo(e.Offset)
			at++
		case Insert:
			upTo(e.Offset)
			out = append(out, e.Value)
		case Dup:
			upTo(e.Offset + int64(e.Length))
			out = append(out, in[e.Offset:at]...)
		}
	}
	return append(out, in[at:]...)
}

func TestDamageAtOffsets(t *testing.T) {
	in := []byte("01234567")
	for _, c := range []struct{ spec, want string }{
		{"drop=@0/@7", "123456"},
		{"drop=@8", "01234567"},
		{"dup=@5,duplen=2", "0123456567"},
		{"dup=@0,duplen=8", "0123456701234567"},
		{"dup=@1,duplen=8", "01234567"}, // the range does not end
		{"dup=@0/@1,duplen=2", "0101212" + "34567"},
		{"dup=@2,duplen=2,drop=@3", "01223" + "4567"}, // what came is repeated, not what was left of it
	} {
		got, _, _ := damaged(mustParse(t, c.spec), 0, in, func() int { return 3 })
		if string(got) != c.want {
			t.Errorf("%s: %q, want %q", c.spec, got, c.want)
		}
	}
	got, n, _ := damaged(mustParse(t, "flip=@1/@3,insert=@5,drop=@3"), 0, in, func() int { return 100 })
	if len(got) != 8 || bits.OnesCount8(got[1]^in[1]) != 1 || got[3] != '4' || string(got[5:]) != "567" || n.Flipped != 1 || n.Dropped != 1 || n.Inserted != 1 {
		t.Errorf("got %q, counts %+v", got, n)
	}
}

// Damage does not depend on the cuts: neither of the bytes nor of the events.
func TestDamageOfAnyCut(t *testing.T) {
	in := content(60_000)
	for _, text := range []string{
		"flip=100/64KiB", "drop=100/64KiB,seed=1", "insert=100/64KiB", "dup=10/64KiB,duplen=1000", "dup=1/1,duplen=3", "insert=1/1", "drop=1/2,insert=1/3,flip=1/2,seed=5",
		"flip=1/100,drop=1/100,insert=1/100,dup=1/1000,duplen=2000,seed=3", "flip=@0/@5/@59999,insert=@0/@6,dup=@0/@1/@59990,duplen=10",
	} {
		s := mustParse(t, text)
		want, counts, events := damaged(s, 3, in, func() int { return len(in) })
		if replayed := replay(in, events); !bytes.Equal(replayed, want) {
			t.Errorf("%s: the events tell another damage than was done", text)
		}
		if n := int64(len(in)) - counts.Dropped + counts.Inserted + counts.Duplicated; n != int64(len(want)) || counts == (Counts{}) {
			t.Errorf("%s: %d bytes out, the counts make it %d: %+v", text, len(want), n, counts)
		}
		r := rand.New(rand.NewPCG(1, 2))
		for name, cut := range map[string]func() int{"1": func() int { return 1 }, "7": func() int { return 7 }, "1448": func() int { return 1448 }, "random": func() int { return 1 + r.IntN(5000) }} {
			got, c, e := damaged(s, 3, in, cut)
			if !bytes.Equal(got, want) || c != counts || !reflect.DeepEqual(e, events) {
				t.Errorf("%s: cut at %s: other damage", text, name)
			}
		}
	}
}

// Whole windows have as many damages as asked for, at places that differ by seed,
// connection, direction and kind.
func TestDamageFrequency(t *testing.T) {
	in := content(1 << 20)
	for _, times := range []int64{1, 3, 100, 4096} {
		_, c, e := damaged(mustParse(t, fmt.Sprintf("flip=%d/64KiB", times)), 0, in, func() int { return 4096 })
		if c.Flipped != 16*times {
			t.Errorf("%d flips in 16 windows of %d", c.Flipped, times)
		}
		per := map[int64]int64{}
		for _, e := range e {
			per[e.Offset>>16]++
		}
		for w := range int64(16) {
			if per[w] != times {
				t.Errorf("window %d: %d flips, want %d", w, per[w], times)
			}
		}
	}
	d := Damage{Times: 1, Window: 1 << 40}
	seen := map[int64]bool{}
	for seed := range uint64(2) {
		for conn := range int64(2) {
			for dir := range 2 {
				for kind := range 4 {
					seen[d.place(0, keyOf(seed, conn, dir, kind))] = true
				}
			}
		}
	}
	if len(seen) != 32 {
		t.Errorf("%d places of 32 differ", len(seen))
	}
	if (Damage{Times: 1, Window: 1 << 40}).place(1<<30, 0) != never {
		t.Error("a place beyond what an offset can be")
	}
}

// A repetition of much at every byte must not grow what one piece holds.
func TestDamageBounded(t *testing.T) {
	s := mustParse(t, "dup=1/1,duplen=64KiB")
	var c counts
	d := newDamager(&s, 0, up, &c, 10)
	in := content(200 << 10)
	total := 0
	for off := 0; off < len(in) && total < 64<<20; {
		out, n := d.apply(nil, in[off:], outSize)
		if len(out) > outSize+maxDup+1 {
			t.Fatalf("a piece of %d bytes", len(out))
		}
		off += n
		total += len(out)
	}
	if len(d.events) != 10 {
		t.Errorf("%d events, limit 10", len(d.events))
	}
}
