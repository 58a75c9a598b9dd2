package proxy

import (
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
	"time"
)

// A reset at an offset delivers so many bytes, and then both peers see it.
func TestReset(t *testing.T) {
	for _, spec := range []string{"reset=@100000", "reset=@0", "reset=@100000,slice=1000", "stall=10ms@100000,reset=@100000"} {
		seen := make(chan error, 1)
		read := make(chan int, 1)
		addr := target(t, func(c *net.TCPConn) {
			b := make([]byte, 1<<20)
			n, err := io.ReadFull(c, b)
			read <- n
			seen <- err
		})
		p, reports := started(t, Config{To: addr, Up: mustParse(t, spec)})
		if err := fate(p.Addr(), make([]byte, 1<<20)); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("%s: the client sees %v", spec, err)
		}
		r := report(t, reports)
		if r.Up.Resets != 1 || !errors.Is(r.Err, ErrReset) || p.Stats().Broken != 1 {
			t.Errorf("%s: %+v", spec, r)
		}
		if err := <-seen; !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("%s: the target sees %v", spec, err)
		}
		// What is still on its way when a path is cut is lost.
		if n := <-read; int64(n) > r.Up.Out || r.Up.Out > 100_000 || r.Up.Out+r.Up.Discarded != r.Up.In {
			t.Errorf("%s: the target got %d bytes, %+v", spec, n, r.Up.Counts)
		}
	}
}

func TestResetByTime(t *testing.T) {
	addr, _ := collect(t, nil)
	p, reports := started(t, Config{To: addr, Up: mustParse(t, "reset=50ms"), Down: mustParse(t, "reset=1h")})
	begin := time.Now()
	if err := fate(p.Addr(), nil); !errors.Is(err, syscall.ECONNRESET) || time.Since(begin) < 30*time.Millisecond {
		t.Errorf("after %v: %v", time.Since(begin), err)
	}
	if r := report(t, reports); r.Up.Resets != 1 || r.Down.Resets != 0 || r.Duration < 50*time.Millisecond {
		t.Errorf("%+v", r)
	}
}

// A peer's own reset reaches the other one, in both directions.
func TestPeerResets(t *testing.T) {
	for _, spec := range []string{"none", "delay=1ms"} {
		seen := make(chan error, 2)
		addr := target(t, func(c *net.TCPConn) {
			b := make([]byte, 1)
			if _, err := io.ReadFull(c, b); err == nil && b[0] == 'R' {
				_ = c.SetLinger(0)
				return
			}
			_, err := c.Read(b)
			seen <- err
		})
		p, reports := started(t, Config{To: addr, Up: mustParse(t, spec), Down: mustParse(t, spec)})
		c := dial(t, p.Addr())
		_, _ = c.Write([]byte("R"))
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("%s: the target resets, the client sees %v", spec, err)
		}
		if r := report(t, reports); r.Err == nil {
			t.Errorf("%s: no error in %+v", spec, r)
		}
		c = dial(t, p.Addr())
		_, _ = c.Write([]byte("x"))
		for p.Stats().Up.Out < 1 && spec != "none" { // an impaired direction counts at once
			time.Sleep(time.Millisecond)
		}
		_ = c.SetLinger(0)
		_ = c.Close()
		if err := <-seen; !errors.Is(err, syscall.ECONNRESET) && err != io.ErrUnexpectedEOF {
			t.Errorf("%s: the client resets, the target sees %v", spec, err)
		}
		if r := report(t, reports); r.Err == nil {
			t.Errorf("%s: no error in %+v", spec, r)
		}
	}
}

func TestTargetGone(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	// The other end of a connection: nobody listens there, and nobody else can meanwhile.
	addr := dial(t, l.Addr()).LocalAddr().String()
	p, reports := started(t, Config{To: addr})
	if err := fate(p.Addr(), nil); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the client sees %v", err)
	}
	if r := report(t, reports); !errors.Is(r.Err, syscall.ECONNREFUSED) || p.Stats().Unreached != 1 {
		t.Errorf("%+v, %+v", r, p.Stats())
	}
}
