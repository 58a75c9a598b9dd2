package pattern

import (
	"bytes"
	"testing"
)

func TestNamed(t *testing.T) {
	for _, name := range Names() {
		c, ok := Named(name, 7)
		if !ok {
			t.Fatal(name)
		}
		b := make([]byte, 3*Period)
		c.ReadAt(b, 0)
		if i := c.Check(0, b); i >= 0 {
			t.Errorf("%s differs from itself at %d", name, i)
		}
		if other, _ := Named(name, 8); other.Check(0, b[:4096]) < 0 {
			t.Errorf("%s: two seeds agree", name)
		}
		if !bytes.Equal(b[:Period], b[Period:2*Period]) || bytes.Equal(b[:1<<15], b[1<<15:1<<16]) {
			t.Errorf("%s does not repeat after %d bytes alone", name, Period)
		}
		if i := bytes.IndexAny(b, "\r\n,: "); name != Random && i >= 0 {
			t.Errorf("%s has %q", name, b[i])
		}
	}
	if _, ok := Named("words", 0); ok {
		t.Error("words is a name")
	}
}
