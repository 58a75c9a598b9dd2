package admin_test

import (
	"io"
	"net"
	"strings"
	"testing"

	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// misbehave makes the server count one of everything.
func misbehave(t *testing.T, s *servertest.Server) {
	t.Helper()
	for _, text := range []string{
		"LOADFRAME/1 framing=u32 handler=echo\n\xff\xff\xff\xff",
		"LOADFRAME/1 framing=length:width=2,trailer=0a,adjust=1 handler=echo\n\x00\x01xy",
		"LOADFRAME/1 framing=u32 handler=echo\n\x00\x00\x00\x09cut",
		"LOADFRAME/1 framing=u32 handler=generate\n\x00\x00\x00\x01x",
		"LOADFRAME/1 framing=bogus handler=echo\n",
		"LOADFRAME/1 framing=u32 handler=panic\n\x00\x00\x00\x01x",
		"30000000\n", // a transfer
	} {
		c := dial(t, s.Addr)
		io.WriteString(c, text)
		c.(*net.TCPConn).CloseWrite()
		_, _ = io.Copy(io.Discard, c)
		c.Close()
		gone(s)
	}
}

type panics struct{}

func (panics) Serve(*server.Reply, []byte) error { panic("on purpose") }

func TestFaultsAreCountedByClass(t *testing.T) {
	s, url := start(t, server.Config{
		Handlers: map[string]func() server.Handler{"panic": func() server.Handler { return panics{} }},
		Limits:   server.Limits{MaxConns: 1},
	})
	misbehave(t, s)
	gone(s)
	first := dial(t, s.Addr)
	io.WriteString(first, "SYN\n")
	if _, err := io.ReadFull(first, make([]byte, 4)); err != nil {
		t.Fatal(err)
	}
	if line, _ := io.ReadAll(dial(t, s.Addr)); !strings.HasPrefix(string(line), "ERR too many connections") {
		t.Fatalf("over the limit: %q", line)
	}
	m := scrape(t, url)
	for _, class := range []string{"too_long", "bad_trailer", "truncated", "handler", "preface"} {
		if n := value(m, "loadframe_errors_total", "class", class); n != 1 {
			t.Errorf("%d errors of class %s, want 1", n, class)
		}
	}
	for name, want := range map[string]int64{
		"loadframe_panics_total": 1, "loadframe_connections": 1, "loadframe_lane_connections": 0, "loadframe_draining": 0,
	} {
		if n := value(m, name); n != want {
			t.Errorf("%s is %d, want %d", name, n, want)
		}
	}
	if n := value(m, "loadframe_refusals_total", "reason", "connections"); n != 1 {
		t.Errorf("%d refusals, want 1: %v", n, m["loadframe_refusals_total"])
	}
	if n := value(m, "loadframe_transfers_total", "result", "complete"); n != 1 {
		t.Errorf("%d transfers complete, want 1", n)
	}
}
