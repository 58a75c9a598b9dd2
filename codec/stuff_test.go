package codec

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// checkStuff holds what stuffs against bytes taken one by one, and looks that it keeps to its slices.
func checkStuff(t *testing.T, e *escapes, p []byte) {
	t.Helper()
	var want []byte
	for _, c := range p {
		switch c {
		case e.flag:
			want = append(want, e.esc, e.flagCode)
		case e.esc:
			want = append(want, e.esc, e.escCode)
		default:
			want = append(want, c)
		}
	}
	const fence = 70
	memory := bytes.Repeat([]byte{0xa5}, 2*len(p)+2*fence)
	out := memory[fence : fence+2*len(p) : fence+2*len(p)]
	ways := []func([]byte, []byte) int{e.stuffed.stuff}
	if wide {
		ways = append(ways, e.stuffBlocks)
	}
	for i, stuff := range ways {
		if n := stuff(out, p); !bytes.Equal(out[:n], want) {
			t.Fatalf("way %d: %x became %x, want %x", i, p, out[:n], want)
		}
	}
	if around := append(bytes.Clone(memory[:fence]), memory[fence+2*len(p):]...); bytes.Count(around, []byte{0xa5}) != 2*fence {
		t.Fatalf("%x: wrote outside of its %d bytes", p, 2*len(p))
	}
	if wide { // what lies behind is the caller's
		behind := bytes.Repeat([]byte{0xa5}, 2*len(p))
		if n := e.stuffBlocks(behind, p); bytes.Count(behind[n:], []byte{0xa5}) != len(behind)-n {
			t.Fatalf("%x: wrote behind the %d bytes that it became", p, n)
		}
	}
	if got := e.appendStuffed([]byte("before"), p); string(got) != "before"+string(want) {
		t.Fatalf("%x was appended as %x, want %x behind before", p, got, want)
	}
	d := newEscapeDecoder(e, len(p), 0, Fatal)
	if err := d.unstuff(want, bytes.IndexByte(want, e.esc)); err != nil || !bytes.Equal(d.out().buf, p) {
		t.Fatalf("%x came back as %x, %v", p, d.out().buf, err)
	}
}

func TestStuff(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 20000 {
		p := make([]byte, r.IntN(200))
		if i%1000 == 0 {
			p = make([]byte, stuffAtOnce+r.IntN(stuffAtOnce))
		}
		odds := 1 + r.IntN(60)
		for i := range p {
			if p[i] = byte(r.Uint32()); r.IntN(odds) == 0 {
				p[i] = "\xc0\xdb\x7d\x7e"[r.IntN(4)]
			}
		}
		eachWidth(func() {
			checkStuff(t, slipEscapes, p)
			checkStuff(t, hdlcEscapes, p)
		})
	}
}

func FuzzStuff(f *testing.F) {
	f.Add([]byte("0123456789012345678901234567890\xc00123456789012345678901234567890123456789\xdb"))
	f.Fuzz(func(t *testing.T, p []byte) {
		eachWidth(func() {
			checkStuff(t, slipEscapes, p)
			checkStuff(t, hdlcEscapes, p)
		})
	})
}
