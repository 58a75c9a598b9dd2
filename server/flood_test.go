package server_test

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// A peer that asks for much in few bytes, and reads as fast as it can, is not
// served on the loop for longer than a turn.
func TestFloodLeavesTheLoop(t *testing.T) {
	for name, send := range map[string]string{
		"tiny frames": "LOADFRAME/1 framing=u8 handler=generate frame=1\n" + strings.Repeat("\x0530000", 2000),
		"small files": strings.Repeat("20000\n", 5000),
	} {
		t.Run(name, func(t *testing.T) {
			s := servertest.Start(t, server.Config{Loops: 1})
			c := dial(t, s.Addr)
			go io.Copy(io.Discard, c)
			if _, err := io.WriteString(c, send); err != nil {
				t.Fatal(err)
			}
			other := dial(t, s.Addr)
			io.WriteString(other, "SYN\n")
			expect(t, other, "ACK!")
			eventually(t, "flood on the lane", func() bool { return s.Stats().LaneMoves > 0 })
			c.Close()
			other.Close()
			alive(t, s)
		})
	}
}

// What a stalled peer makes us hold does not depend on the size of its frames.
func TestStalledSmallFrames(t *testing.T) {
	p := servertest.StartProcess(t, servertest.Loadframe, 1, server.Limits{})
	before := p.Usage(t)
	const peers = 20
	for i := range peers {
		frame := []string{"1", "64", "4096", "65536"}[i%4]
		c := dial(t, p.Addr)
		send(t, c, "LOADFRAME/1 framing=u32 handler=generate frame="+frame+"\n\x00\x00\x00\x0a1000000000")
	}
	last := server.Stats{}
	eventually(t, "all on the lane and still", func() bool {
		now := p.Usage(t).Server
		still := now.Lanes == peers && now.Writes == last.Writes
		last = now
		return still
	})
	u := p.Usage(t)
	memory := (u.Heap + u.Stack - before.Heap - before.Stack) / peers
	t.Logf("%d KiB of heap and stack a connection", memory>>10)
	if memory > 256<<10 {
		t.Errorf("%d bytes a stalled connection, want at most %d", memory, 256<<10)
	}
}

// A message that ends by silence ends soon, although an earlier, longer timer
// is still running: that of a preface cut in two.
func TestSilenceAfterACutPreface(t *testing.T) {
	s := servertest.Start(t, server.Config{Limits: server.Limits{Handshake: time.Hour}})
	c := dial(t, s.Addr)
	const preface = "LOADFRAME/1 framing=text handler=command\n"
	send(t, c, preface[:15])
	eventually(t, "first half taken", func() bool { return s.Stats().Reads == 1 })
	send(t, c, preface[15:])
	readLine(c)
	send(t, c, "SYN")
	expect(t, c, "ACK!") // or dial's deadline
}

func TestHandshakeTimeout(t *testing.T) {
	s := servertest.Start(t, server.Config{Limits: server.Limits{Handshake: 20 * time.Millisecond}})
	c := dial(t, s.Addr)
	send(t, c, "LOADFRAME/1 framing=u32")
	b, err := io.ReadAll(c)
	if err != nil || !strings.Contains(string(b), "20ms") {
		t.Errorf("%q, %v", b, err)
	}
}

// Replies that are on their way are not destroyed by unread input when quit
// closes the connection.
func TestQuitKeepsReplies(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	raw, err := net.Dial("tcp", s.Addr)
	if err != nil {
		t.Fatal(err)
	}
	c := raw.(*net.TCPConn)
	defer c.Close()
	c.SetReadBuffer(4096)
	c.SetDeadline(time.Now().Add(30 * time.Second))
	send(t, c, "60000\nquit\n")
	eventually(t, "request served", func() bool { return s.Stats().FramesOut > 0 })
	send(t, c, strings.Repeat("x", 100_000))
	expect(t, c, "file_prepared"+strings.Repeat("A", 60000))
}

// A server that stops lets the tail of a transfer arrive, although the peer has
// sent more that nobody reads.
func TestDrainKeepsTheTail(t *testing.T) {
	s, err := server.Start(server.Config{Listen: []server.Listener{{Network: "tcp", Address: "127.0.0.1:0"}}, Limits: server.Limits{DrainTimeout: time.Minute}})
	if err != nil {
		t.Fatal(err)
	}
	c := dial(t, s.Addrs()[0].String())
	c.SetReadBuffer(256 << 10)
	const n = 20_000_000
	send(t, c, "20000000\n")
	expect(t, c, "file_prepared")
	eventually(t, "on the lane", func() bool { return s.Stats().Lanes == 1 })
	stopped := make(chan error)
	go func() { stopped <- s.Shutdown(t.Context()) }()
	send(t, c, "hi")
	if got, err := io.Copy(io.Discard, io.LimitReader(c, n)); got != n {
		t.Errorf("%d bytes of %d, %v", got, n, err)
	}
	c.Close()
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

// Of the greatest file in frames of 65536 bytes for one, whose size on the
// wire (2 to the 72nd) wraps around to 0, no more is made than is sent.
func TestGreatestFileDoesNotWrapAround(t *testing.T) {
	p := servertest.StartProcess(t, servertest.Loadframe, 1, server.Limits{MaxTransfer: 1 << 56})
	before := p.Usage(t)
	c := open(t, p.Addr, "framing=length:width=8,offset=65527 handler=generate frame=1")
	send(t, c, strings.Repeat("\x00", 65527)+"\x00\x00\x00\x00\x00\x00\x00\x1172057594037927936")
	eventually(t, "on the lane", func() bool { return p.Usage(t).Server.Lanes == 1 })
	if u := p.Usage(t); u.Heap-before.Heap > 8<<20 {
		t.Errorf("%d bytes of heap for one file", u.Heap-before.Heap)
	}
}
