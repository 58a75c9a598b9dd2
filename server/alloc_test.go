package server_test

import (
	"testing"

	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// Serving small frames allocates nothing.
func TestNoAllocationPerMessage(t *testing.T) {
	p := servertest.StartProcess(t, servertest.Loadframe, 1, server.Limits{})
	for _, tc := range []struct{ opening, send, want string }{
		{"LOADFRAME/1 framing=u32 handler=echo\n", "\x00\x00\x00\x05hello", "\x00\x00\x00\x05hello"},
		{"LOADFRAME/1 framing=u32 handler=ack\n", "\x00\x00\x00\x05hello", "\x00\x00\x00\x0cACK!\x00\x00\x00\x05\x9a\x71\xbb\x4c"},
		{"LOADFRAME/1 framing=raw handler=echo\n", "hello", "hello"},
	} {
		c := dial(t, p.Addr)
		send(t, c, tc.opening)
		if _, err := readLine(c); err != nil {
			t.Fatal(err)
		}
		round := func(n int) {
			for range n {
				send(t, c, tc.send)
				expect(t, c, tc.want)
			}
		}
		round(100)
		idle := p.Usage(t).Mallocs
		idle = p.Usage(t).Mallocs - idle // what asking costs
		before := p.Usage(t).Mallocs
		const messages = 5000
		round(messages)
		if n := p.Usage(t).Mallocs - before - idle; n > messages/50 {
			t.Errorf("%q: %d allocations for %d messages", tc.opening, n, messages)
		}
		c.Close()
	}
}
