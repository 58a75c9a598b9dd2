package proxy

import (
	"bytes"
	"errors"
	"io"
	"net"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience bounds what a test waits for; nothing is measured by it.
const patience = 30 * time.Second

// target listens and serves each connection until it has returned.
func target(t testing.TB, serve func(*net.TCPConn)) (addr string) {
	t.Helper()
	var lc net.ListenConfig
	lc.SetMultipathTCP(false)
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	t.Cleanup(func() { l.Close(); all.Wait() })
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer c.Close()
				_ = c.SetDeadline(time.Now().Add(patience))
				serve(c.(*net.TCPConn))
			})
		}
	})
	return l.Addr().String()
}

// started is a proxy that a test ends, and the reports of its connections.
func started(t testing.TB, c Config) (*Proxy, <-chan Report) {
	t.Helper()
	reports := make(chan Report, 10_000)
	c.OnClose = func(r Report) { reports <- r }
	p, err := Start(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p, reports
}

func dial(t testing.TB, addr net.Addr) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(patience))
	return c.(*net.TCPConn)
}

// fate dials, writes b, and returns what becomes of the connection. A reset may
// come before dialing has returned.
func fate(addr net.Addr, b []byte) error {
	c, err := net.Dial("tcp", addr.String())
	if err != nil {
		return err
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(patience))
	var writer sync.WaitGroup
	writer.Go(func() { _, _ = c.Write(b) })
	_, err = c.Read(make([]byte, 1))
	c.Close()
	writer.Wait()
	return err
}

func report(t testing.TB, reports <-chan Report) Report {
	t.Helper()
	select {
	case r := <-reports:
		return r
	case <-time.After(patience):
		t.Fatal("the connection does not end")
		panic("unreachable")
	}
}

// collect serves connections whose bytes it sends to got, and answers with what
// each end of them deserves.
func collect(t testing.TB, answer []byte) (addr string, got <-chan []byte) {
	all := make(chan []byte, 10_000)
	return target(t, func(c *net.TCPConn) {
		b, _ := io.ReadAll(c)
		all <- b
		_, _ = c.Write(answer)
	}), all
}

// What the receiver got is what the events say, and the counts are of it: in
// both directions, in any combination.
func TestDamageReceived(t *testing.T) {
	in, answer := content(500_000), content(300_000)
	for _, c := range []struct{ up, down string }{
		{"none", "none"},
		{"flip=5/64KiB", "none"},
		{"drop=5/64KiB,seed=1", "insert=7/64KiB,slice=1448"},
		{"insert=5/64KiB,slice=1..5000", "dup=3/64KiB,duplen=5000"},
		{"dup=5/64KiB,rate=1Gbit", "flip=@0/@299999,drop=@5,delay=1ms"},
		{"flip=9/64KiB,drop=8/64KiB,insert=7/64KiB,dup=6/64KiB,delay=5ms,jitter=5ms,seed=9,slice=536..9000,stall=1ms/10ms", "drop=@0"},
	} {
		addr, got := collect(t, answer)
		p, reports := started(t, Config{To: addr, Up: mustParse(t, c.up), Down: mustParse(t, c.down)})
		for number := range int64(2) { // other places each time
			conn := dial(t, p.Addr())
			go func() {
				for b := in; len(b) > 0; { // cut otherwise each time
					n := min(len(b), 1000+int(number)*7777)
					_, _ = conn.Write(b[:n])
					b = b[n:]
				}
				conn.CloseWrite()
			}()
			back, err := io.ReadAll(conn)
			if err != nil {
				t.Fatalf("%+v: %v", c, err)
			}
			r := report(t, reports)
			if r.Err != nil || r.Conn != number {
				t.Errorf("%+v: connection %d ended with %v", c, r.Conn, r.Err)
			}
			for _, d := range []struct {
				name     string
				spec     string
				sent     []byte
				received []byte
				told     Traffic
				dir      int
			}{{"up", c.up, in, <-got, r.Up, up}, {"down", c.down, answer, back, r.Down, down}} {
				if !bytes.Equal(d.received, replay(d.sent, d.told.Events)) {
					t.Errorf("%+v: %s: the receiver got something else than the events tell", c, d.name)
				}
				n := d.told.Counts
				if n.In != int64(len(d.sent)) || n.Out != int64(len(d.received)) || n.Discarded != 0 || n.Out != n.In-n.Dropped+n.Inserted+n.Duplicated {
					t.Errorf("%+v: %s: sent %d, received %d, counted %+v", c, d.name, len(d.sent), len(d.received), n)
				}
				var cs counts
				s := mustParse(t, d.spec)
				want, _ := newDamager(&s, number, d.dir, &cs, 0).apply(nil, d.sent, 1<<30)
				if !bytes.Equal(d.received, want) {
					t.Errorf("%+v: %s: cut by the network, other damage was done than to the whole", c, d.name)
				}
			}
		}
		if s := p.Stats(); s.Connections != 2 || s.Active != 0 || s.Broken != 0 || s.Up.In != 1_000_000 || s.Down.In != 600_000 {
			t.Errorf("%+v: stats %+v", c, s)
		}
	}
}

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

func TestTargetGone(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	p, reports := started(t, Config{To: addr})
	if err := fate(p.Addr(), nil); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the client sees %v", err)
	}
	if r := report(t, reports); !errors.Is(r.Err, syscall.ECONNREFUSED) || p.Stats().Unreached != 1 {
		t.Errorf("%+v, %+v", r, p.Stats())
	}
}

func TestOneOff(t *testing.T) {
	addr := target(t, func(c *net.TCPConn) { _, _ = io.Copy(c, c) })
	p, reports := started(t, Config{To: addr, OneOff: true})
	c := dial(t, p.Addr())
	_, _ = c.Write([]byte("x"))
	if _, err := io.ReadFull(c, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if c, err := net.Dial("tcp", p.Addr().String()); err == nil {
		c.Close()
		t.Error("a second client is let in")
	}
	c.Close()
	report(t, reports)
	select {
	case <-p.Done():
	case <-time.After(patience):
		t.Error("the proxy is not over")
	}
}

func TestConfigRefused(t *testing.T) {
	for _, c := range []Config{{}, {To: "host"}, {To: "host:"}, {To: "127.0.0.1:1", MaxConns: -1}, {To: "127.0.0.1:1", Listen: "256.0.0.1:0"}} {
		if p, err := Start(c); err == nil {
			p.Close()
			t.Errorf("%+v is accepted", c)
		}
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
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
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
