package proxy

import (
	"bytes"
	"errors"
	"io"
	"net"
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
	wrote := make(chan error, 1)
	go func() { _, err := c.Write(b); wrote <- err }()
	_, err = c.Read(make([]byte, 1))
	c.Close()
	if werr := <-wrote; err == io.EOF && errors.Is(werr, syscall.ECONNRESET) {
		return werr // the kernel tells of a reset once: whoever asks next finds the end
	}
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
