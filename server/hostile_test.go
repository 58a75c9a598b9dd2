package server_test

import (
	"bytes"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// alive checks that the server still serves.
func alive(tb testing.TB, s *servertest.Server) {
	tb.Helper()
	c := dial(tb, s.Addr)
	send(tb, c, "SYN")
	expect(tb, c, "ACK!")
	c.Close()
	eventually(tb, "no connection left", func() bool { return s.Stats().Conns == 0 && s.Stats().Lanes == 0 })
}

// Each refusal is one line (or, once a framing is agreed, one frame) that names
// the value and the limit; then the connection closes in order.
func TestRefusals(t *testing.T) {
	s := servertest.Start(t, server.Config{Limits: server.Limits{MaxFrame: 1 << 20, MaxTransfer: 1 << 30}})
	const u32 = "LOADFRAME/1 framing=u32 handler="
	for _, tc := range []struct {
		name, send string
		want       []string
	}{
		{"version", "LOADFRAME/2 framing=u32 handler=echo\n", []string{`version "2"`}},
		{"no handler", "LOADFRAME/1 framing=u32\n", []string{"handler="}},
		{"unknown handler", u32 + "ekko\n", []string{`"ekko"`, "echo"}},
		{"unknown framing", "LOADFRAME/1 framing=u33 handler=echo\n", []string{`u33`}},
		{"bad framing", "LOADFRAME/1 framing=length:width=9 handler=echo\n", []string{"width", "9", "8"}},
		{"unknown parameter", u32 + "echo speed=9\n", []string{`"speed"`}},
		{"bad parameter", u32 + "generate seed=-1\n", []string{"seed=-1"}},
		{"long preface", "LOADFRAME/1 " + strings.Repeat("x", 5000), []string{"1024"}},
		{"frame over the limit", u32 + "echo\n\x00\x10\x00\x01abc", []string{"1048577", "1048576"}},
		{"greatest claim", u32 + "echo\n\xff\xff\xff\xff", []string{"4294967295", "1048576"}},
		{"wrong peer", u32 + "echo\nGET / HTTP/1.1\r\n\r\n", []string{"HTTP", "1048576"}},
		{"file over the limit", u32 + "generate\n\x00\x00\x00\x0a1073741825", []string{"1073741825", "1073741824"}},
		{"limit of the peer's own", "LOADFRAME/1 framing=u32:max=1GiB handler=echo\n\x00\x10\x00\x01", []string{"1048577", "1048576"}},
		{"no number", u32 + "generate\n\x00\x00\x00\x03abc", []string{`"abc"`}},
		{"frame parameter over the limit", u32 + "generate frame=2000000\n\x00\x00\x00\x019", []string{"2000000", "1048576"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := dial(t, s.Addr)
			send(t, c, tc.send)
			send(t, c, strings.Repeat("more input that nobody reads ", 10000))
			b, err := io.ReadAll(c)
			if err != nil {
				t.Fatalf("%q, then %v: the connection was not closed in order", b, err)
			}
			if !bytes.Contains(b, []byte("ERR ")) {
				t.Errorf("no refusal in %q", b)
			}
			for _, want := range tc.want {
				if !strings.Contains(string(b), want) {
					t.Errorf("%q does not name %q", b, want)
				}
			}
			c.Close()
		})
	}
	alive(t, s)
}

// expectNothing opens a session with what follows the preface's first word, and
// expects an end without an answer.
func expectNothing(t *testing.T, s *servertest.Server, request string) {
	t.Helper()
	expectRefused(t, s, request, 0, "")
}

// expectRefused opens one too, and expects a last frame of size bytes, in a head
// of any length, that begins with text and is filled up with blanks.
func expectRefused(t *testing.T, s *servertest.Server, request string, size int, text string) {
	t.Helper()
	c := dial(t, s.Addr)
	defer c.Close()
	send(t, c, "LOADFRAME/1 "+request)
	if line, err := readLine(c); err != nil || !strings.HasPrefix(line, "OK") {
		t.Errorf("%.60q: %q, %v", request, line, err)
	}
	b, err := io.ReadAll(c)
	if err != nil || len(b) < size || size == 0 && len(b) > 0 {
		t.Fatalf("%.60q: %d bytes, %.100q, %v; want %d", request, len(b), b, err, size)
	}
	if frame := strings.TrimRight(string(b[len(b)-size:]), " "); frame != text {
		t.Errorf("%.60q: %.200q, want %q", request, frame, text)
	}
}

// A framing that cannot carry generated content may be unable to carry the
// refusal, too; then the connection closes, and nothing undecodable was sent. One
// that has no frames so small carries it with blanks behind it.
func TestFramingsThatCannotCarryContent(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	expectNothing(t, s, "framing=length:width=1,strip=0 handler=generate\n\x0220")
	expectRefused(t, s, "framing=length:width=1,adjust=100 handler=generate\n\x005"+strings.Repeat(" ", 99),
		355, "ERR codec: bad length: a payload of 5 bytes needs a field of -95, least 0")
	if n := s.Stats().Panics; n != 0 {
		t.Errorf("%d panics", n)
	}
	alive(t, s)
}

// A framing that carries some payloads only is never sent another: a file is refused, or the connection ends before the frame that
// does not fit, and what is echoed goes as it came.
func TestFramingsThatRefusePayloads(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	for _, request := range []string{
		"framing=line handler=generate\n262145\n", // 256 KiB of everything, then one byte that fits
		"framing=delim:sep=0a handler=generate\n262145\n",
		"framing=fixed:size=262144 handler=generate\n" + strings.Repeat(" ", 262138) + "300000", // too large to be filled up for a refusal
	} {
		expectNothing(t, s, request)
	}
	expectRefused(t, s, "framing=fixed:size=65536 handler=generate\n"+strings.Repeat(" ", 65530)+"300000",
		65536, "ERR codec: bad length: a payload of 37856 bytes, every frame is 65536")
	long := strings.Repeat("x", 1<<20)
	for spec, frame := range map[string]string{"line": long + "\n", "delim:sep=0d0a": long + "\r\n", "fixed:size=1MiB": long} {
		c := open(t, s.Addr, "framing="+spec+" handler=echo")
		for range 2 {
			send(t, c, frame)
			expect(t, c, frame)
		}
		c.Close()
	}
	if n := s.Stats().Panics; n != 0 {
		t.Errorf("%d panics", n)
	}
	alive(t, s)
}

func TestPrefaceByteByByte(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	c := dial(t, s.Addr)
	c.SetNoDelay(true)
	for _, b := range []byte("LOADFRAME/1 framing=u32 handler=echo\n\x00\x00\x00\x05hello") {
		send(t, c, string(b))
	}
	line, err := readLine(c)
	if err != nil || !strings.HasPrefix(line, "OK ") {
		t.Fatalf("%q, %v", line, err)
	}
	expect(t, c, "\x00\x00\x00\x05hello")
	c.Close()
	alive(t, s)
}

// Connections that are reset in mid-frame and in mid-file leave nothing behind.
func TestResets(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	for _, tc := range []struct {
		send string
		wait bool // for the first bytes of the answer
	}{
		{"LOADFRA", false},
		{"hello", false},
		{"LOADFRAME/1 framing=u32 handler=echo\n\x00\x01\x00\x00half", true},
		{"123456789\n", true},
		{"123456789\n", false},
		{"LOADFRAME/1 framing=u32 handler=generate\n\x00\x00\x00\x0a9999999999", true},
	} {
		for range 20 {
			c := dial(t, s.Addr)
			send(t, c, tc.send)
			if tc.wait {
				c.Read(make([]byte, 1000))
			}
			c.SetLinger(0)
			c.Close()
		}
	}
	alive(t, s)
}

func TestHandlerPanicCostsOneConnection(t *testing.T) {
	s := servertest.Start(t, server.Config{Handlers: handlers(func(r *server.Reply, frame []byte) error {
		if string(frame) == "boom" {
			panic("boom")
		}
		return r.Frame(frame)
	})})
	const open = "LOADFRAME/1 framing=u32 handler=own\n"
	other := dial(t, s.Addr)
	send(t, other, open)
	readLine(other)
	for _, prefix := range []string{"", strings.Repeat("\x00\x00\xff\xff"+strings.Repeat("x", 65535), 100)} { // on the loop, on the lane
		c := dial(t, s.Addr)
		go io.WriteString(c, open+prefix+"\x00\x00\x00\x04boom")
		if _, err := io.Copy(io.Discard, c); err != nil {
			t.Log(err) // input may be left unread: a reset is fine
		}
	}
	send(t, other, "\x00\x00\x00\x02ok")
	expect(t, other, "\x00\x00\x00\x02ok")
	if n := s.Stats().Panics; n != 2 {
		t.Errorf("%d panics counted, want 2", n)
	}
	other.Close()
	alive(t, s)
}

func TestConnectionLimit(t *testing.T) {
	s := servertest.Start(t, server.Config{Limits: server.Limits{MaxConns: 2}})
	a, b := dial(t, s.Addr), dial(t, s.Addr)
	for _, c := range []net.Conn{a, b} {
		send(t, c, "SYN")
		expect(t, c, "ACK!")
	}
	c := dial(t, s.Addr)
	if got, err := io.ReadAll(c); string(got) != "ERR too many connections: limit 2\n" {
		t.Errorf("%q, %v", got, err)
	}
	if n := s.Stats().Refused; n != 1 {
		t.Errorf("%d refusals counted, want 1", n)
	}
	a.Close()
	eventually(t, "room again", func() bool { return s.Stats().Conns == 1 })
	d := dial(t, s.Addr)
	send(t, d, "SYN")
	expect(t, d, "ACK!")
}

func TestPortInUse(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	_, err := server.Start(server.Config{Listen: []server.Listener{{Network: "tcp", Address: s.Addr}}})
	if err == nil || !strings.Contains(err.Error(), s.Addr) || !strings.Contains(err.Error(), "in use") {
		t.Errorf("%v", err)
	}
	alive(t, s)
}
