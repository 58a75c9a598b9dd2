package server_test

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// atLeast checks that n bytes at a rate took their time since start: all but a
// tenth of a second's share that may go at once, and what is paid for afterwards.
func atLeast(t *testing.T, start time.Time, n, rate, after int64) {
	t.Helper()
	if d, least := time.Since(start), time.Duration(n-rate/10-after)*time.Second/time.Duration(rate); d < least {
		t.Errorf("%d bytes took %v, want at least %v", n, d, least)
	}
}

// All connections of an address together get and give no more than its rate,
// whatever they do, and lose no byte by that.
func TestMaxRatePerAddr(t *testing.T) {
	t.Parallel()
	const rate = 4 << 20
	for _, tc := range []struct {
		name  string
		send  string
		n     int64 // that comes back
		conns int64
		loop  int64 // of these, what is served at once on a loop that does not know yet
	}{
		{"down", "LOADFRAME/1 framing=raw handler=generate\n524288", 512 << 10, 8, 16 << 10},
		{"both ways", "LOADFRAME/1 framing=raw handler=echo\n" + strings.Repeat("x", 512<<10), 512 << 10, 8, 64 << 10},
		{"small requests", "LOADFRAME/1 framing=u16 handler=echo\n" + strings.Repeat("\x00\x0cabcdefghijkl", 32<<10), 14 * 32 << 10, 8, 64 << 10},
		{"with a limit of each", "LOADFRAME/1 framing=raw handler=generate\n524288", 512 << 10, 8, 16 << 10},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			l := server.Limits{MaxRatePerAddr: rate}
			if tc.name == "with a limit of each" {
				l.MaxRate = rate / 2
			}
			s := servertest.Start(t, server.Config{Loops: 1, Limits: l})
			start := time.Now()
			var all sync.WaitGroup
			for range tc.conns {
				c := dial(t, s.Addr)
				all.Go(func() {
					go io.WriteString(c, tc.send)
					readLine(c)
					if got, err := io.Copy(io.Discard, io.LimitReader(c, tc.n)); got != tc.n {
						t.Errorf("%d bytes of %d, %v", got, tc.n, err)
					}
				})
			}
			all.Wait()
			// Each has a first chunk of its own, and a turn.
			atLeast(t, start, tc.conns*tc.n, rate, tc.conns*tc.loop+rate/10)
			if st := s.Stats(); st.AddrRateWaits == 0 {
				t.Error("no waits are counted")
			}
		})
	}
}

// A new connection for each request is no way around the rate, nor is one that
// is made before: what the address had too much is not forgotten with it. The same
// loop serves others.
func TestAttackNewConnectionsForARate(t *testing.T) {
	t.Parallel()
	const rate, n = 1 << 20, 100_000
	for _, tc := range []struct {
		name, send, want string
		least            int // bytes that come back
	}{
		{"download", "LOADFRAME/1 framing=u32 handler=generate:once\n\x00\x00\x00\x06100000", "OK ", n},
		{"upload", "LOADFRAME/1 framing=u32 handler=ack:once\n\x00\x01\x86\xa0" + strings.Repeat("x", n), "OK ", 12},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := servertest.Start(t, server.Config{Loops: 1, Limits: server.Limits{MaxRatePerAddr: rate}})
			start := time.Now()
			const conns = 10
			for range conns {
				c := dial(t, s.Addr)
				send(t, c, tc.send)
				_ = c.CloseWrite()
				if b, err := io.ReadAll(c); err != nil || !strings.HasPrefix(string(b), tc.want) || len(b) < tc.least {
					t.Errorf("%d bytes %.40q, %v", len(b), b, err)
				}
				c.Close()
			}
			atLeast(t, start, conns*n, rate, 2*n) // the last, which nobody has waited for
			if got, ok := served(dialAsAnother(t, s.Addr)); !ok {
				t.Errorf("another address: %q", got)
			}
		})
	}
}

// Nor is a handler that speaks first: what it says to who has yet to pay waits,
// too, and comes whole.
func TestAttackNewConnectionsForWhoSpeaksFirst(t *testing.T) {
	t.Parallel()
	const rate, n, conns = 500, int64(len(time.ANSIC) + len("\r\n")), 20
	s := servertest.Start(t, server.Config{
		Listen: []server.Listener{{Network: "tcp", Address: "127.0.0.1:0", Framing: "raw", Handler: "time"}},
		Limits: server.Limits{MaxRatePerAddr: rate},
	})
	start := time.Now()
	for range conns {
		c := dial(t, s.Addr)
		if b, err := io.ReadAll(c); err != nil || int64(len(b)) != n {
			t.Errorf("%q, %v", b, err)
		}
		c.Close()
	}
	atLeast(t, start, conns*n, rate, n) // the last, which nobody has waited for
	if st := s.Stats(); st.AddrRateWaits == 0 {
		t.Error("no waits are counted")
	}
}

// Nor is what is sent behind a connection's end, which the server throws away for
// a second: as fast as the rate, and what the sockets hold.
func TestAttackSendsBehindTheEnd(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t, server.Config{Limits: server.Limits{MaxRatePerAddr: 100_000}})
	c := dial(t, s.Addr)
	_ = c.SetWriteBuffer(64 << 10)
	send(t, c, "quit\n")
	total, buf := 0, make([]byte, 64<<10)
	for err := error(nil); err == nil; {
		var n int
		n, err = c.Write(buf)
		total += n
	}
	t.Logf("%d bytes", total)
	if total > 16<<20 {
		t.Errorf("%d bytes were taken at 100,000 a second", total)
	}
}

// Who has used up the rate of his address, then connects and vanishes as often as
// he can, holds no descriptors for as long as his new connections would have to
// wait.
func TestAttackVanishWhileWaiting(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t, server.Config{Limits: server.Limits{MaxRatePerAddr: 1000}})
	c := dial(t, s.Addr)
	send(t, c, "LOADFRAME/1 framing=u32 handler=echo\n\x00\x00\xff\xff"+strings.Repeat("x", 0xffff)) // a minute's worth, and more
	eventually(t, "the address is in debt", func() bool { return s.Stats().AddrRateWaits > 0 })
	for i := range 200 {
		c := dial(t, s.Addr)
		if i%2 == 0 {
			_ = c.SetLinger(0)
		}
		c.Close()
	}
	eventually(t, "those that vanished are gone", func() bool { return s.Stats().Accepted == 201 && s.Stats().Conns == 1 })
}

// A server that stops does not wait for the rate of an address, on whichever
// connections: those that wait for their first byte, and those that owe us
// something.
func TestMaxRatePerAddrAndDrain(t *testing.T) {
	t.Parallel()
	s, err := server.Start(server.Config{Listen: []server.Listener{{Network: "tcp", Address: "127.0.0.1:0"}},
		Limits: server.Limits{MaxRate: 2000, MaxRatePerAddr: 1000, DrainTimeout: time.Hour}})
	if err != nil {
		t.Fatal(err)
	}
	const conns = 5
	for i := range conns {
		c := dial(t, s.Addrs()[0].String())
		go func() { io.Copy(io.Discard, c); c.Close() }()
		send(t, c, "LOADFRAME/1 framing=u16 handler=ack\n"+strings.Repeat("\xff\xff"+strings.Repeat("x", 65535), 10)) // ten minutes' worth
		eventually(t, fmt.Sprintf("%d wait on the lane", i+1), func() bool { return s.Stats().Lanes == int64(i+1) })
	}
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}
