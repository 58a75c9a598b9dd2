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

	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

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
