package server_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"runtime/pprof"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/loadframe/loadframe/internal/pattern"
	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// A packet never leaves before it is due, and one that was late makes none
// after it late: with intervals that follow each other, lateness could only
// grow.
func TestStreamSpacing(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	c := open(t, s.Addr, "framing=u16 handler=stream interval=2ms count=100 size=100 seed=9")
	eventually(t, "the answer to the preface counted", func() bool { return s.Stats().Writes == 1 })
	const interval, count, size = 2 * time.Millisecond, 100, 100
	content := pattern.Seeded(9)
	asked := time.Now()
	send(t, c, "\x00\x02go")
	shrank := false
	before := time.Duration(0)
	for i := range count {
		p := make([]byte, 2+size)
		if _, err := io.ReadFull(c, p); err != nil {
			t.Fatalf("packet %d: %v", i, err)
		}
		p = p[2:]
		if n := binary.BigEndian.Uint64(p); n != uint64(i) {
			t.Fatalf("packet %d has number %d", i, n)
		}
		if bad := content.Check(int64(i)*(size-16), p[16:]); bad >= 0 {
			t.Fatalf("packet %d: byte %d differs", i, bad)
		}
		late := time.Unix(0, int64(binary.BigEndian.Uint64(p[8:]))).Sub(asked) - time.Duration(i+1)*interval
		if late < 0 {
			t.Errorf("packet %d left %v before it was due", i, -late)
		}
		shrank = shrank || i > 0 && late < before
		before = late
	}
	if !shrank {
		t.Error("lateness grew with every packet")
	}
	eventually(t, "back on the loop", func() bool { return s.Stats().GiveBacks == 1 })
	st := s.Stats()
	if n := st.Writes - 1; n != count {
		t.Errorf("%d writes for %d packets", n, count)
	}
	if st.FramesOut != count {
		t.Errorf("%d frames counted", st.FramesOut)
	}
	send(t, c, "\x00\x02go") // and again
	c.CloseWrite()
	if b, err := io.ReadAll(c); len(b) != count*(2+size) || err != nil {
		t.Errorf("the second stream has %d bytes, %v", len(b), err)
	}
}

// A packet is the request where no size is named, and requests that come
// meanwhile wait.
func TestStreamRequests(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	c := open(t, s.Addr, "framing=u8 handler=stream interval=1ms count=3")
	send(t, c, "\x03one\x00\x03two")
	expect(t, c, "\x03one\x03one\x03one\x00\x00\x00\x03two\x03two\x03two")
	c = dial(t, s.Addr)
	send(t, c, "stream-1-3\nSYN\nstream 1 2\nquit\n")
	expect(t, c, "stream-1-3\nstream-1-3\nstream-1-3\nACK!stream 1 2\nstream 1 2\n")
	expectEOF(t, c)
	c = dial(t, s.Addr)
	send(t, c, "streams\nstream a b\n")
	expect(t, c, "streams\nRequest for transfer of b pakets at: a has errors.")
}

func TestStreamLimits(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	for opening, want := range map[string]string{
		"interval=0":                 "interval=0",
		"interval=61s":               "1m0s",
		"interval=-1":                "interval=-1",
		"count=10001":                "10000",
		"count=0":                    "count=0",
		"size=15":                    "size=15",
		"size=65537":                 "65536",
		"size=1e3":                   "size=1e3",
		"seed=x":                     "seed=x",
		"interval=999999999999h":     "interval=",
		"count=9999 speed=1":         "speed",
		"count=99999999999999999999": "count=",
	} {
		c := dial(t, s.Addr)
		send(t, c, "LOADFRAME/1 framing=u8 handler=stream "+opening+"\n")
		if line, err := readLine(c); err != nil || !strings.HasPrefix(line, "ERR ") || !strings.Contains(line, want) {
			t.Errorf("%s: %q, %v, want a refusal with %s", opening, line, err, want)
		}
	}
	// What the framing cannot carry.
	c := open(t, s.Addr, "framing=u8 handler=stream size=300")
	send(t, c, "\x01x")
	if b, err := io.ReadAll(c); !strings.Contains(string(b), "ERR ") || err != nil {
		t.Errorf("%q, %v", b, err)
	}
	// More packets than the limit are cut, as they always were: the peer that
	// leaves is the only one who can tell in time.
	c = dial(t, s.Addr)
	send(t, c, "stream-1-99999999999999999999")
	expect(t, c, strings.Repeat("stream-1-99999999999999999999", 3))
	c.SetLinger(0)
	c.Close()
	if n := s.Refusals()["stream"]; n != 1 {
		t.Errorf("%d refusals of streams, want 1", n)
	}
	alive(t, s)
}

// Streams wait in goroutines, not in threads.
func TestHundredsOfStreams(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	const peers, packets = 400, 20
	before := pprof.Lookup("threadcreate").Count()
	var wg sync.WaitGroup
	conns := make([]*net.TCPConn, peers)
	for i := range conns {
		conns[i] = dial(t, s.Addr)
	}
	for _, c := range conns {
		wg.Go(func() {
			request := fmt.Sprintf("stream-25-%d", packets)
			if _, err := io.WriteString(c, request); err != nil {
				t.Error(err)
				return
			}
			b := make([]byte, packets*len(request))
			if _, err := io.ReadFull(c, b); err != nil || string(b) != strings.Repeat(request, packets) {
				t.Errorf("not %d times %s: %v", packets, request, err)
			}
		})
	}
	wg.Wait()
	threads := pprof.Lookup("threadcreate").Count() - before
	t.Logf("%d threads more for %d streams", threads, peers)
	if threads > peers/8 {
		t.Errorf("%d threads more for %d streams", threads, peers)
	}
	for _, c := range conns {
		c.Close()
	}
	alive(t, s)
}

// A stream ends with its peer, however long the next packet is away: at once
// when the connection is reset, with the next packets when the peer closed.
func TestStreamOfAPeerThatIsGone(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	for _, opening := range []string{"interval=1m", "interval=20ms count=10000"} {
		c := open(t, s.Addr, "framing=u8 handler=stream "+opening)
		send(t, c, "\x01x")
		eventually(t, "on the lane", func() bool { return s.Stats().Lanes == 1 })
		if opening == "interval=1m" {
			c.SetLinger(0)
		}
		c.Close()
		eventually(t, "gone", func() bool { return s.Stats().Conns == 0 })
	}
	if n := s.Stats().FramesOut; n > 5 {
		t.Errorf("%d packets were sent", n)
	}
}

// A peer that shuts its direction down is owed the whole stream.
func TestStreamToAHalfClosedPeer(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	c := dial(t, s.Addr)
	send(t, c, "stream-5-10")
	c.CloseWrite()
	if b, err := io.ReadAll(c); string(b) != strings.Repeat("stream-5-10", 10) || err != nil {
		t.Errorf("%q, %v", b, err)
	}
}

// Draining lets a stream end within the timeout, and wakes one that waits
// beyond it.
func TestDrainOfStreams(t *testing.T) {
	for _, tc := range []struct {
		request string
		drain   time.Duration
		packets int
	}{
		{"stream-5-40", time.Minute, 40},
		{"stream-60000-2", 20 * time.Millisecond, 0},
	} {
		s, err := server.Start(server.Config{Listen: []server.Listener{{Network: "tcp", Address: "127.0.0.1:0"}}, Limits: server.Limits{DrainTimeout: tc.drain}})
		if err != nil {
			t.Fatal(err)
		}
		c := dial(t, s.Addrs()[0].String())
		send(t, c, tc.request)
		if tc.packets > 0 {
			expect(t, c, tc.request)
			tc.packets--
		} else {
			eventually(t, "on the lane", func() bool { return s.Stats().Lanes == 1 })
		}
		if err := s.Shutdown(context.Background()); (err != nil) != (tc.packets == 0) {
			t.Errorf("%s: %v", tc.request, err)
		}
		if b, err := io.ReadAll(c); string(b) != strings.Repeat(tc.request, tc.packets) || err != nil && tc.packets > 0 {
			t.Errorf("%s: %q, %v", tc.request, b, err)
		}
	}
}
