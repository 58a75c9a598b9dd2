package server_test

import (
	"bytes"
	"io"
	"net"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// The tests of this file, and of those whose names begin like it, play the clients
// of the older tools byte for byte: none ends a request with a newline or shuts
// its direction down, and one recv is one answer to them.

// classic starts what serve --classic starts, on other ports.
func classic(tb testing.TB, cfg server.Config) (s *servertest.Server, addr map[string]string) {
	tb.Helper()
	ports := map[string]int{}
	for _, c := range server.Classic() {
		ports[c.Name] = 0
	}
	var err error
	if cfg.Listen, err = server.ClassicListeners("127.0.0.1", ports); err != nil {
		tb.Fatal(err)
	}
	s = servertest.Start(tb, cfg)
	addr = map[string]string{}
	for i, c := range server.Classic() {
		addr[c.Name] = s.Addrs()[i].String()
	}
	return s, addr
}

// recv is one recv of at most n bytes; "" is the end of the stream.
func recv(tb testing.TB, nc net.Conn, n int) string {
	tb.Helper()
	b := make([]byte, n)
	k, err := nc.Read(b)
	if err != nil && err != io.EOF {
		tb.Fatal(err)
	}
	return string(b[:k])
}

func connected(tb testing.TB, addr string) (nc *net.TCPConn, before time.Time) {
	tb.Helper()
	before = time.Now().Truncate(time.Second)
	return dial(tb, addr), before
}

// isClock tells whether text is a time that ctime wrote since before.
func isClock(text string, before time.Time) bool {
	at, err := time.ParseInLocation(time.ANSIC, text, time.Local)
	return err == nil && !at.Before(before) && !at.After(time.Now())
}

// The time stamp client: a typed line, one recv(1024), again, until an empty
// line closes.
func TestStampClient(t *testing.T) {
	_, addr := classic(t, server.Config{})
	silent := dial(t, addr["stamp"]) // the original serves nobody else meanwhile
	c, before := connected(t, addr["stamp"])
	isStamped := func(answer, message string) bool {
		return len(answer) == 27+len(message) && answer[0] == '[' && isClock(answer[1:25], before) && answer[25:] == "] "+message
	}
	for _, message := range []string{"hello", "Hello, world", "SYN", "\x00\xff"} {
		send(t, c, message)
		if answer := recv(t, c, 1024); !isStamped(answer, message) {
			t.Errorf("%q was answered with %q", message, answer)
		}
	}
	// A message over 1024 bytes has one stamp, two lines that come together
	// have two.
	long := strings.Repeat("x", 1030)
	for _, messages := range [][]string{{long}, {"one\n", "two\n"}} {
		send(t, c, strings.Join(messages, ""))
		for _, message := range messages {
			answer := make([]byte, 27+len(message))
			if _, err := io.ReadFull(c, answer); err != nil || !isStamped(string(answer), message) {
				t.Errorf("%.20q was answered with %.60q, %v", message, answer, err)
			}
		}
	}
	// In pieces it has one stamp as long as they come within 20 ms: however
	// they come, no byte is lost.
	for _, piece := range strings.Split("in pieces", "") {
		send(t, c, piece)
	}
	c.CloseWrite()
	rest, err := io.ReadAll(c)
	bare := regexp.MustCompile(`\[[^]]{24}\] `).ReplaceAll(rest, nil)
	if string(bare) != "in pieces" || err != nil {
		t.Errorf("%q, %v", rest, err)
	}
	silent.Close()
}

// The SYN client: three bytes, recv(4096), exit.
func TestSynClient(t *testing.T) {
	_, addr := classic(t, server.Config{})
	silent := dial(t, addr["ack"]) // costs the original a thread for good
	for _, request := range []string{"SYN", "S", "\n", strings.Repeat("more than one recv takes ", 40_000)} {
		c := dial(t, addr["ack"])
		go io.WriteString(c, request) // the server may stop reading
		if answer := recv(t, c, 4096); answer != "ACK!" {
			t.Errorf("%.20q was answered with %q", request, answer)
		}
		expectEOF(t, c) // no reset, whatever was left unread
	}
	c := dial(t, addr["ack"])
	c.CloseWrite()
	expect(t, c, "ACK!")
	expectEOF(t, c)
	silent.Close()
}

// The one-way client: 48 bytes, and it closes at once.
func TestSinkClient(t *testing.T) {
	s, addr := classic(t, server.Config{})
	const message = "Hi. I am a TCP client sending data to the server"
	for range 3 {
		c := dial(t, addr["sink"])
		send(t, c, message)
		c.Close()
	}
	eventually(t, "all of it read", func() bool { return s.Stats().BytesIn == 3*48 && s.Stats().Conns == 0 })
	c := dial(t, addr["sink"])
	for range 100 {
		send(t, c, strings.Repeat(message, 1000))
	}
	c.CloseWrite()
	expectEOF(t, c) // never a byte
	if n := s.Stats().BytesIn; n != 3*48+48*100_000 {
		t.Errorf("%d bytes read", n)
	}
}

// The time client: it connects, and one recv(1024) holds the time.
func TestTimeClient(t *testing.T) {
	_, addr := classic(t, server.Config{})
	for range 3 {
		c, before := connected(t, addr["time"])
		answer := recv(t, c, 1024)
		if len(answer) != 26 || !isClock(answer[:24], before) || answer[24:] != "\r\n" {
			t.Errorf("got %q", answer)
		}
		expectEOF(t, c)
		c.Close()
	}
	// Junk does not turn the end into a reset.
	c, before := connected(t, addr["time"])
	for range 50 {
		send(t, c, strings.Repeat("junk", 1000))
	}
	b, err := io.ReadAll(c)
	if err != nil || len(b) != 26 || !isClock(string(b[:24]), before) {
		t.Errorf("got %q, %v", b, err)
	}
}

// The echo client: Hello, world, one recv(1024), close.
func TestEchoClient(t *testing.T) {
	_, addr := classic(t, server.Config{})
	silent := dial(t, addr["echo"])
	for range 3 { // the original ends after one
		c := dial(t, addr["echo"])
		send(t, c, "Hello, world")
		if answer := recv(t, c, 1024); answer != "Hello, world" {
			t.Errorf("got %q", answer)
		}
		c.Close()
	}
	c := dial(t, addr["echo"])
	var all []byte
	for b := range 256 {
		all = append(all, byte(b), '\n', byte(b))
	}
	all = bytes.Repeat(all, 1000)
	go func() {
		for piece := range slices.Chunk(all, 4001) {
			c.Write(piece)
		}
		c.CloseWrite()
	}()
	if got, err := io.ReadAll(c); !bytes.Equal(got, all) || err != nil {
		t.Errorf("%d bytes of %d came back, or others; %v", len(got), len(all), err)
	}
	silent.Close()
}
