package proxy

import (
	"errors"
	"io"
	"net"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A reader that does not read stops the writer, with what the proxy and the
// kernels hold in between and not more; nothing of it is lost.
func TestBackpressure(t *testing.T) {
	for _, spec := range []string{"none", "delay=1ms,buffer=256KiB", "slice=1448"} {
		listen := make(chan struct{})
		got := make(chan int64, 1)
		addr := target(t, func(c *net.TCPConn) {
			_ = c.SetReadBuffer(64 << 10)
			<-listen
			n, _ := io.Copy(io.Discard, c)
			got <- n
		})
		p, reports := started(t, Config{To: addr, Up: mustParse(t, spec)})
		c := dial(t, p.Addr())
		_ = c.SetWriteBuffer(64 << 10)
		const most = 256 << 20
		_ = c.SetWriteDeadline(time.Now().Add(500 * time.Millisecond))
		sent, err := io.Copy(c, io.LimitReader(zeros{}, most))
		if !isTimeout(err) {
			t.Errorf("%s: %d bytes pass nobody, %v", spec, sent, err)
		}
		if in := p.Stats().Up; spec != "none" && in.In-in.Out > 5<<20 {
			t.Errorf("%s: the proxy holds %d bytes", spec, in.In-in.Out)
		}
		close(listen)
		_ = c.CloseWrite()
		r := report(t, reports)
		if n := <-got; n != r.Up.Out || r.Up.In != r.Up.Out || r.Err != nil {
			t.Errorf("%s: %d bytes arrived, %+v", spec, n, r)
		}
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }

// A connection that is held holds nobody else.
func TestStallOfOne(t *testing.T) {
	addr := target(t, func(c *net.TCPConn) { _, _ = io.Copy(c, c) })
	p, reports := started(t, Config{To: addr, Up: mustParse(t, "stall=1h@10")})
	held := dial(t, p.Addr())
	_, _ = held.Write(make([]byte, 20))
	if _, err := io.ReadFull(held, make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	for range 50 {
		c := dial(t, p.Addr())
		_, _ = c.Write(make([]byte, 10))
		if _, err := io.ReadFull(c, make([]byte, 10)); err != nil {
			t.Fatal(err)
		}
		c.Close()
	}
	if err := p.Close(); err != nil { // also if a stall has an hour to go
		t.Error(err)
	}
	stalls := int64(0)
	for range 51 {
		stalls += report(t, reports).Up.Stalls
	}
	if stalls != 51 {
		t.Errorf("%d stalls, want 51", stalls)
	}
	if _, err := held.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("of a proxy that is closed a client sees %v", err)
	}
}

// A thousand connections at a time, in peace and reset, leave nothing behind.
func TestThousand(t *testing.T) {
	addr := target(t, func(c *net.TCPConn) { _, _ = io.Copy(c, c) })
	before := descriptors(t)
	p, reports := started(t, Config{To: addr, Up: mustParse(t, "delay=5ms,jitter=5ms,flip=1/64KiB"), Down: mustParse(t, "slice=10")})
	const many = 1000
	conns := make([]*net.TCPConn, many)
	for i := range conns {
		conns[i] = dial(t, p.Addr())
		_, _ = conns[i].Write(make([]byte, 100))
	}
	for i, c := range conns {
		if _, err := io.ReadFull(c, make([]byte, 100)); err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
	}
	// The last write may not be counted yet: what it sent has been read.
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		s := p.Stats()
		if s.Active == many && s.Up.In == 100*many && s.Down.Out == 100*many {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%+v", s)
		}
	}
	for i, c := range conns {
		switch i % 3 {
		case 0:
			_ = c.SetLinger(0)
		case 1:
			_ = c.CloseWrite()
			_, _ = io.Copy(io.Discard, c)
		}
		if i%10 != 9 { // those are left to Close
			c.Close()
		}
	}
	_ = p.Close()
	var numbers []int64
	for range many {
		numbers = append(numbers, report(t, reports).Conn)
	}
	slices.Sort(numbers)
	if numbers[0] != 0 || numbers[many-1] != many-1 || len(slices.Compact(numbers)) != many {
		t.Error("not each connection has been reported once")
	}
	if s := p.Stats(); s.Active != 0 || s.Connections != many {
		t.Errorf("%+v", s)
	}
	for _, c := range conns {
		c.Close()
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) { // the target closes its ends when it sees them
		if after := descriptors(t); after <= before+8 { // splice keeps some pipes
			break
		} else if time.Now().After(deadline) {
			t.Fatalf("%d descriptors, %d before", after, before)
		}
	}
}

// More connections than there may be wait, and come in turn.
func TestMaxConns(t *testing.T) {
	addr := target(t, func(c *net.TCPConn) { _, _ = io.Copy(c, c) })
	p, _ := started(t, Config{To: addr, MaxConns: 2})
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			c, err := net.Dial("tcp", p.Addr().String())
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			_ = c.SetDeadline(time.Now().Add(patience))
			_, _ = c.Write([]byte("x"))
			if _, err := io.ReadFull(c, make([]byte, 1)); err != nil {
				t.Error(err)
			}
			if n := p.Stats().Active; n > 2 {
				t.Errorf("%d connections at a time, limit 2", n)
			}
		})
	}
	all.Wait()
}
