package server_test

import (
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// served checks that a connection is served; what came instead is returned.
func served(c net.Conn) (instead string, ok bool) {
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.WriteString(c, "SYN\n"); err != nil {
		return err.Error(), false
	}
	b := make([]byte, 4)
	n, err := io.ReadFull(c, b)
	if err != nil || string(b) != "ACK!" {
		rest, _ := io.ReadAll(c)
		return string(b[:n]) + string(rest), false
	}
	return "", true
}

// A process that has no descriptor left tells so whoever connects, goes on
// serving those who are there, and takes connections again as soon as it can.
func TestAttackDescriptorsExhausted(t *testing.T) {
	p := servertest.StartLimited(t, 256, "", server.Limits{})
	before := dial(t, p.Addr)
	if got, ok := served(before); !ok {
		t.Fatal(got)
	}
	files := p.Usage(t).Files
	for round := range 2 {
		// One that came free after the starving would let somebody in.
		eventually(t, "descriptors as before", func() bool { return p.Usage(t).Files <= files })
		p.Starve(t)
		for range 50 {
			c := dial(t, p.Addr)
			if b, err := io.ReadAll(c); !strings.HasPrefix(string(b), "ERR too few descriptors: limit 256") {
				t.Fatalf("round %d: %q, %v", round, b, err)
			}
			c.Close()
		}
		if got, ok := served(before); !ok {
			t.Errorf("round %d: established connection: %q", round, got)
		}
		p.Feed(t)
		c := dial(t, p.Addr)
		if got, ok := served(c); !ok {
			t.Errorf("round %d: with descriptors again: %q", round, got)
		}
		c.Close()
	}
	if u := p.Usage(t); u.Server.AcceptErrors == 0 || u.Server.Refused < 100 {
		t.Errorf("%d failed accepts, %d refusals: nothing was tested", u.Server.AcceptErrors, u.Server.Refused)
	}
}

// A burst of more connections than there are descriptors: those beyond the
// limit are told so, and files and lanes have descriptors meanwhile.
func TestAttackMoreConnectionsThanDescriptors(t *testing.T) {
	p := servertest.StartLimited(t, 256, "", server.Limits{})
	const peers = 600
	var mu sync.Mutex
	var in []net.Conn
	told, gone := 0, 0
	var all sync.WaitGroup
	for range peers {
		all.Go(func() {
			c, err := net.Dial("tcp", p.Addr)
			if err != nil {
				t.Error(err)
				return
			}
			got, ok := served(c)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case ok:
				in = append(in, c)
				return
			case strings.Contains(got, "too few descriptors"):
				told++
			default:
				gone++ // we have sent something, so the line may be destroyed on its way
			}
			c.Close()
		})
	}
	all.Wait()
	t.Logf("%d served, %d told why not, %d reset", len(in), told, gone)
	if len(in) < 128 || len(in) > 192+24 || told == 0 {
		t.Errorf("%d served and %d told why not of %d; of 256 descriptors 64 are kept free", len(in), told, peers)
	}
	if n := p.Usage(t).Server.AcceptErrors; n > 0 {
		t.Errorf("%d accepts failed: none should come so far", n)
	}
	if len(in) > 0 {
		send(t, in[0], "1000000\n") // moving to the lane takes one more
		expect(t, in[0], "file_prepared"+strings.Repeat("A", 1_000_000))
	}
	for _, c := range in {
		c.Close()
	}
	eventually(t, "served again", func() bool {
		c := dial(t, p.Addr)
		defer c.Close()
		_, ok := served(c)
		return ok
	})
}

// As many connections as there may be ask for files and read none of them: they
// are told that no descriptor is left for one, and everybody who has to move to
// the lane and back still can.
func TestAttackFilesTakeAllDescriptors(t *testing.T) {
	dir := t.TempDir()
	file, err := os.Create(filepath.Join(dir, "big"))
	if err == nil {
		err = errors.Join(file.Truncate(1<<30), file.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	p := servertest.StartLimited(t, 256, dir, server.Limits{})
	var conns []*net.TCPConn
	for {
		c := dial(t, p.Addr)
		if got, ok := served(c); !ok {
			t.Logf("%d connections, then %q", len(conns), got)
			break
		}
		conns = append(conns, c)
	}
	good, bad := conns[:20], conns[20:]
	told := 0
	for _, c := range bad {
		send(t, c, "dl big\n")
	}
	for i, c := range bad {
		b := make([]byte, len("Sending"))
		if _, err := io.ReadFull(c, b); err != nil {
			t.Fatalf("connection %d: %q, %v", i, b, err)
		}
		if string(b) != "Sending" {
			expect(t, c, " File! There are too few descriptors: limit 256, of which 32 are kept free.")
			told++
		}
	}
	if told == 0 || told == len(bad) {
		t.Errorf("%d of %d were told that there are too few descriptors", told, len(bad))
	}
	for range 2 {
		for _, c := range good {
			send(t, c, "1000000\n")
		}
		for _, c := range good {
			expect(t, c, "file_prepared"+strings.Repeat("A", 1_000_000))
		}
		eventually(t, "the good ones are back on their loop", func() bool {
			return p.Usage(t).Server.Lanes <= int64(len(bad)-told)
		})
	}
	if n := p.Usage(t).Server.Conns; n != int64(len(conns)) {
		t.Errorf("%d connections of %d are left", n, len(conns))
	}
	for _, c := range bad {
		c.Close()
	}
	eventually(t, "a file again", func() bool {
		send(t, good[0], "dl big\n")
		b := make([]byte, len("Sending"))
		if _, err := io.ReadFull(good[0], b); err != nil {
			t.Fatal(err)
		}
		if string(b) == "Sending" {
			return true
		}
		expect(t, good[0], " File! There are too few descriptors: limit 256, of which 32 are kept free.")
		return false
	})
}

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
	from := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
	other, err := from.Dial("tcp", s.Addr)
	if err != nil {
		t.Skip("no second address to come from: ", err)
	}
	defer other.Close()
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
