package proxy

import (
	"bytes"
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
	"time"
)

// One peer may have said all that it has to say long before the other one.
func TestHalfClose(t *testing.T) {
	for _, spec := range []string{"none", "delay=1ms"} {
		in := content(1 << 20)
		addr := target(t, func(c *net.TCPConn) { // says all, ends, then listens
			_, _ = c.Write(in)
			_ = c.CloseWrite()
			b, _ := io.ReadAll(c)
			if !bytes.Equal(b, in) {
				t.Errorf("%s: the target got %d bytes", spec, len(b))
			}
		})
		p, reports := started(t, Config{To: addr, Up: mustParse(t, spec), Down: mustParse(t, spec)})
		c := dial(t, p.Addr())
		if b, err := io.ReadAll(c); err != nil || !bytes.Equal(b, in) {
			t.Fatalf("%s: %d bytes, %v", spec, len(b), err)
		}
		if _, err := c.Write(in); err != nil { // the other direction goes on
			t.Fatal(err)
		}
		_ = c.CloseWrite()
		if r := report(t, reports); r.Err != nil || r.Up.In != 1<<20 || r.Up.Out != 1<<20 || r.Down.Out != 1<<20 {
			t.Errorf("%s: %+v", spec, r)
		}
	}
}

func TestFin(t *testing.T) {
	addr, got := collect(t, []byte("answer"))
	p, reports := started(t, Config{To: addr, Up: mustParse(t, "fin=@1000")})
	c := dial(t, p.Addr())
	if _, err := c.Write(content(5000)); err != nil {
		t.Fatal(err)
	}
	// The target has its end although the client goes on, and answers.
	if b := <-got; !bytes.Equal(b, content(1000)) {
		t.Errorf("the target got %d bytes", len(b))
	}
	if b, err := io.ReadAll(c); err != nil || string(b) != "answer" {
		t.Errorf("%q, %v", b, err)
	}
	_ = c.CloseWrite()
	if r := report(t, reports); r.Err != nil || r.Up.Fins != 1 || r.Up.In != 5000 || r.Up.Out != 1000 || r.Up.Discarded != 4000 {
		t.Errorf("%+v", r)
	}
}

// A black hole takes everything and tells nobody, not even the end.
func TestBlackhole(t *testing.T) {
	first := make(chan []byte, 1)
	addr := target(t, func(c *net.TCPConn) {
		b := make([]byte, 10)
		_, _ = io.ReadFull(c, b)
		first <- b
		_ = c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		if n, err := c.Read(b); !errors.Is(err, syscall.EAGAIN) && !isTimeout(err) {
			t.Errorf("out of a black hole come %d bytes, %v", n, err)
		}
	})
	p, reports := started(t, Config{To: addr, Up: mustParse(t, "blackhole=@10")})
	c := dial(t, p.Addr())
	_, _ = c.Write(content(1 << 20))
	_ = c.CloseWrite()
	if b := <-first; !bytes.Equal(b, content(10)) {
		t.Errorf("the target got %x", b)
	}
	if r := report(t, reports); r.Up.In != 1<<20 || r.Up.Out != 10 || r.Up.Discarded != 1<<20-10 || r.Up.Blackholes != 1 {
		t.Errorf("%+v", r)
	}
}

func isTimeout(err error) bool {
	ne := net.Error(nil)
	return errors.As(err, &ne) && ne.Timeout()
}
