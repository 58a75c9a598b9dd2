package server_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// framed returns every framing's name, with what it cannot do without.
func framed() []string {
	specs := codec.Names()
	for i, name := range specs {
		switch name {
		case "fixed":
			specs[i] = "fixed:size=16"
		case "delim":
			specs[i] = "delim:sep=0d0a"
		}
	}
	return specs
}

// converse opens a session, sends, half-closes, and returns all that comes back.
// It fails if the server does not close.
func converse(tb testing.TB, addr, spec, handler, text string) (answer []byte, err error) {
	tb.Helper()
	c := dial(tb, addr)
	defer c.Close()
	send(tb, c, "LOADFRAME/1 framing="+spec+" handler="+handler+"\n")
	if line, err := readLine(c); err != nil || !strings.HasPrefix(line, "OK ") {
		tb.Fatalf("framing %s: %q, %v", spec, line, err)
	}
	go func() {
		_, _ = io.WriteString(c, text) // a server that refuses it may stop reading
		_ = c.CloseWrite()
	}()
	answer, err = io.ReadAll(c)
	if ne, ok := err.(net.Error); ok && ne.Timeout() {
		tb.Errorf("framing %s: the server neither answers nor closes", spec)
	}
	return answer, err
}

const (
	httpRequest = "GET / HTTP/1.1\r\nHost: example.org\r\nUser-Agent: lost\r\n\r\n"
	clientHello = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"
)

// Whoever comes to the wrong port gets an answer or the end, in every framing,
// and where the first bytes make no length, a guess what he speaks.
func TestAttackWrongProtocol(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	garbage := make([]byte, 100_000) // more than a chunk
	rng := rand.NewChaCha8([32]byte{1})
	_, _ = rng.Read(garbage)
	hello := clientHello + string(garbage[:500])
	for _, spec := range framed() {
		for name, text := range map[string]string{"garbage": string(garbage), "TLS": hello, "HTTP": httpRequest, "SSH": "SSH-2.0-OpenSSH_9.9\r\n", "zeros": strings.Repeat("\x00", 5000), "ones": strings.Repeat("\xff", 5000)} {
			for _, handler := range []string{"ack", "generate", "command"} {
				b, err := converse(t, s.Addr, spec, handler, text)
				guess := slices.Contains([]string{"TLS", "HTTP", "SSH"}, name) && slices.Contains([]string{"u32", "u64"}, spec)
				if guess && (err != nil || !bytes.Contains(b, []byte("looks like "+name))) {
					t.Errorf("%s to %s: %.200q, %v: no guess", name, spec, b, err)
				}
			}
		}
	}
	if n := s.Stats().Panics; n != 0 {
		t.Errorf("%d panics", n)
	}
	alive(t, s)
}

// A frame one byte over the limit is refused in every framing that can tell
// where it ends, and one of just the limit is not.
func TestAttackFrameOverTheLimit(t *testing.T) {
	const limit = 96
	s := servertest.Start(t, server.Config{Limits: server.Limits{MaxFrame: limit}})
	tested := 0
	for _, spec := range framed() {
		c, err := codec.Parse(spec)
		if err != nil {
			t.Fatal(err)
		}
		if !codec.Delimits(c) || codec.Max(c) <= limit {
			continue
		}
		for _, n := range []int{limit, limit + 1} {
			wire, err := c.Append(nil, bytes.Repeat([]byte("x"), n))
			if err != nil {
				t.Fatalf("%s: %v", spec, err)
			}
			b, err := converse(t, s.Addr, spec, "ack", string(wire))
			refused := bytes.Contains(b, []byte(fmt.Sprintf("limit %d", limit)))
			if err != nil || refused != (n > limit) || !refused && !bytes.Contains(b, []byte("ACK")) {
				t.Errorf("%s: frame of %d bytes, limit %d: %.200q, %v", spec, n, limit, b, err)
			}
		}
		tested++
	}
	if tested < 8 {
		t.Errorf("%d framings tested", tested)
	}
	alive(t, s)
}

// Frames that come a byte at a time, on many connections at once, are served
// like others.
func TestAttackDribble(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	payload := []byte("dribbled slowly, a byte at a time")
	var all sync.WaitGroup
	for _, spec := range framed() {
		c, err := codec.Parse(spec)
		if err != nil {
			t.Fatal(err)
		}
		if !codec.Delimits(c) || spec == "eof" || strings.HasPrefix(spec, "fixed") { // one frame, or of another size
			continue
		}
		wire, err := c.Append(nil, payload)
		if err != nil {
			t.Fatal(err)
		}
		nc := dial(t, s.Addr)
		all.Go(func() {
			for _, b := range append([]byte("LOADFRAME/1 framing="+spec+" handler=echo\n"), bytes.Repeat(wire, 5)...) {
				if _, err := nc.Write([]byte{b}); err != nil {
					t.Errorf("%s: %v", spec, err)
					return
				}
			}
			if line, err := readLine(nc); err != nil || !strings.HasPrefix(line, "OK") {
				t.Errorf("%s: %q, %v", spec, line, err)
				return
			}
			got := make([]byte, 5*len(wire))
			if _, err := io.ReadFull(nc, got); err != nil || !bytes.Equal(got, bytes.Repeat(wire, 5)) {
				t.Errorf("%s: %q, %v", spec, got, err)
			}
			nc.Close()
		})
	}
	all.Wait()
	alive(t, s)
}

// Peers that claim the greatest frame, send a little of it and fall silent make
// the server hold what they sent, not what they claimed.
func TestAttackClaimThenSilence(t *testing.T) {
	const peers, sent = 200, 1000
	p := servertest.StartProcess(t, servertest.Loadframe, 1, server.Limits{})
	before := p.Usage(t)
	var claims []string
	for spec, head := range map[string]string{
		"u32": "\x01\x00\x00\x00", "u24:max=16777215": "\xff\xff\xff", "netstring": "16777216:", "chunked": "1000000\r\n", "uvarint": "\x80\x80\x80\x08",
	} {
		if name, _, _ := strings.Cut(spec, ":"); slices.Contains(codec.Names(), name) {
			claims = append(claims, "framing="+spec+" handler=echo\n"+head)
		}
	}
	for i := range peers {
		c := dial(t, p.Addr)
		send(t, c, "LOADFRAME/1 "+claims[i%len(claims)])
		readLine(c)
		send(t, c, strings.Repeat("x", sent))
	}
	eventually(t, "all of it read", func() bool { return p.Usage(t).Server.BytesIn > peers*sent })
	u := p.Usage(t)
	each := (u.Heap + u.Stack - before.Heap - before.Stack) / peers
	t.Logf("%d B of heap and stack for each claim of 16 MiB", each)
	if each > 16<<10 {
		t.Errorf("%d bytes for each peer that claims much and sends %d", each, sent)
	}
}

// Hundreds of thousands of empty frames, which carry nothing and have to be answered, do not
// keep a loop from others or make it hold more than a chunk's answers.
func TestAttackZeroLengthFlood(t *testing.T) {
	p := servertest.StartProcess(t, servertest.Loadframe, 1, server.Limits{})
	before := p.Usage(t)
	const frames = 400_000
	c := open(t, p.Addr, "framing=u32 handler=ack")
	sent := make(chan error, 1)
	go func() {
		_, err := c.Write(make([]byte, 4*frames))
		sent <- err
	}()
	// Four times as much comes back, and we do not read it yet.
	other := dial(t, p.Addr)
	for range 100 {
		if got, ok := served(other); !ok {
			t.Fatalf("%q", got)
		}
	}
	eventually(t, "on the lane", func() bool { return p.Usage(t).Server.Lanes == 1 })
	if u := p.Usage(t); u.Heap+u.Stack-before.Heap-before.Stack > 2<<20 {
		t.Errorf("%d bytes of heap and stack more", u.Heap+u.Stack-before.Heap-before.Stack)
	}
	c.SetDeadline(time.Now().Add(time.Minute))
	if n, err := io.Copy(io.Discard, io.LimitReader(c, 16*frames)); n != 16*frames {
		t.Errorf("%d bytes of receipts, want %d: %v", n, 16*frames, err)
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
}

// A chunk of the shortest frames is owed many times its size in answers. Peers
// who do not read them make the server hold what it gathers at a time, not the
// answers to a chunk.
func TestAttackZeroLengthGathers(t *testing.T) {
	const peers, chunk = 30, 64 << 10
	p := servertest.StartProcess(t, servertest.Loadframe, 1, server.Limits{})
	before := p.Usage(t)
	for range peers {
		c := dial(t, p.Addr)
		_ = c.SetReadBuffer(4096)
		send(t, c, "LOADFRAME/1 framing=u8 handler=stamp\n")
		readLine(c)
		send(t, c, string(make([]byte, 8*chunk)))
	}
	eventually(t, "all on the lane", func() bool { return p.Usage(t).Server.Lanes == peers })
	u := p.Usage(t)
	each := (u.Heap + u.Stack - before.Heap - before.Stack) / peers
	t.Logf("%d B of heap and stack for each peer that is owed more than it reads", each)
	if each > 600<<10 {
		t.Errorf("%d bytes for each peer, of which %d are a chunk", each, chunk)
	}
}

// Readers that take one byte after the other are served by the kernel alone: a
// system call of theirs causes none of ours.
func TestAttackReadsByteByByte(t *testing.T) {
	const peers, bytes = 20, 200
	p := servertest.StartProcess(t, servertest.Loadframe, 1, server.Limits{})
	var conns []net.Conn
	for range peers {
		c := dial(t, p.Addr)
		c.SetReadBuffer(4096)
		send(t, c, "LOADFRAME/1 framing=raw handler=generate\n1000000000")
		readLine(c)
		conns = append(conns, c)
	}
	var settled server.Stats
	eventually(t, "all on the lane and still", func() bool {
		last := settled
		settled = p.Usage(t).Server
		return settled.Lanes == peers && settled.Writes == last.Writes
	})
	one := make([]byte, 1)
	// On a slow machine the last of them may stall only now.
	eventually(t, fmt.Sprintf("few writes for %d bytes read", peers*bytes), func() bool {
		before := p.Usage(t).Server.Writes
		for range bytes {
			for _, c := range conns {
				if _, err := io.ReadFull(c, one); err != nil {
					t.Fatal(err)
				}
			}
		}
		return p.Usage(t).Server.Writes-before <= peers*bytes/10
	})
	if n := p.Usage(t).Server.Lanes; n != peers {
		t.Errorf("%d on the lane, want %d", n, peers)
	}
}
