package server_test

import (
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// Connections that are reset as soon as they are made, or in mid-word, leave
// no descriptor and no goroutine.
func TestAttackConnectAndVanish(t *testing.T) {
	peers := 20_000
	if testing.Short() || raced {
		peers = 2000
	}
	p := servertest.StartProcess(t, servertest.Loadframe, 0, server.Limits{})
	warm := dial(t, p.Addr)
	served(warm)
	warm.Close()
	eventually(t, "warm-up connection gone", func() bool { return p.Usage(t).Server.Conns == 0 })
	before := p.Usage(t)
	var all sync.WaitGroup
	for worker := range 4 {
		all.Go(func() {
			for i := worker; i < peers; i += 4 {
				nc, err := net.Dial("tcp", p.Addr)
				if err != nil {
					t.Error(err)
					return
				}
				c := nc.(*net.TCPConn)
				io.WriteString(c, []string{"", "LOADFRA", "LOADFRAME/1 framing=u32 handler=echo\n\x00\x00\x01", "9999999\n"}[i/4%4])
				c.SetLinger(0)
				c.Close()
			}
		})
	}
	all.Wait()
	eventually(t, "as before", func() bool {
		u := p.Usage(t)
		return u.Server.Conns == 0 && u.Files <= before.Files && u.Goroutines <= before.Goroutines+workers
	})
	c := dial(t, p.Addr)
	if got, ok := served(c); !ok {
		t.Error(got)
	}
	u := p.Usage(t)
	t.Logf("%d accepted; heap and stack before %d KiB, after %d KiB", u.Server.Accepted, (before.Heap+before.Stack)>>10, (u.Heap+u.Stack)>>10)
	if grown := u.Heap + u.Stack - before.Heap - before.Stack; grown > 8<<20 {
		t.Errorf("%d bytes of heap and stack more than before", grown)
	}
}

// One address cannot have all connections: it is refused, others are not.
func TestAttackAllConnectionsFromOneAddress(t *testing.T) {
	s := servertest.Start(t, server.Config{Limits: server.Limits{MaxConnsPerAddr: 3}})
	var conns []net.Conn
	for range 3 {
		c := dial(t, s.Addr)
		if got, ok := served(c); !ok {
			t.Fatal(got)
		}
		conns = append(conns, c)
	}
	for range 5 {
		c := dial(t, s.Addr)
		send(t, c, "LOADFRAME/1 framing=u32 handler=echo\n") // unread input does not destroy the line
		if b, err := io.ReadAll(c); string(b) != "ERR too many connections from 127.0.0.1: limit 3\n" || err != nil {
			t.Errorf("%q, %v", b, err)
		}
		c.Close()
	}
	other := dialAsAnother(t, s.Addr)
	if got, ok := served(other); !ok {
		t.Errorf("other address: %q", got)
	}
	if n := s.Refusals()["connections_per_address"]; n != 5 {
		t.Errorf("%d refusals counted, want 5", n)
	}
	conns[0].Close()
	eventually(t, "room again", func() bool { return s.Stats().Conns == 3 })
	c := dial(t, s.Addr)
	if got, ok := served(c); !ok {
		t.Errorf("after one has left: %q", got)
	}
}

// Ten thousand connections that say nothing any more cost little memory and do
// not keep the loops from others.
func TestAttackIdleConnections(t *testing.T) {
	const limit = 1536
	peers := 10_000
	if raced {
		peers = 2000
	}
	p := servertest.StartProcess(t, servertest.Loadframe, 0, server.Limits{IdleTimeout: time.Hour})
	warm := dial(t, p.Addr)
	served(warm)
	first := peers / 4 // bring what there is once: threads, stacks of loops, room in tables
	var before servertest.Usage
	conns := make([]net.Conn, 0, peers)
	t.Cleanup(func() {
		for _, c := range conns {
			c.(*net.TCPConn).SetLinger(0) // no 10,000 sockets in TIME_WAIT for the tests that follow
			c.Close()
		}
	})
	for n := range peers {
		if n == first {
			before = p.Usage(t)
		}
		c, err := net.Dial("tcp", p.Addr)
		if err != nil {
			t.Skipf("%d connections: %v", len(conns), err)
		}
		conns = append(conns, c)
		send(t, c, "hello\n")
		expect(t, c, "hello\n")
	}
	u := p.Usage(t)
	each := (u.Heap + u.Stack - before.Heap - before.Stack) / int64(peers-first)
	t.Logf("%d B of heap and stack an idle connection, %d goroutines more", each, u.Goroutines-before.Goroutines)
	if each > limit {
		t.Errorf("%d bytes an idle connection, want at most %d", each, limit)
	}
	for range 100 {
		if got, ok := served(warm); !ok {
			t.Fatal(got)
		}
	}
}
