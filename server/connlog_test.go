package server_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// logged is a log that a test can read while it is written.
type logged struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logged) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

// lines returns the lines with this message, parsed.
func (l *logged) lines(tb testing.TB, msg string) (lines []map[string]any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for in := bufio.NewScanner(bytes.NewReader(l.buf.Bytes())); in.Scan(); {
		var line map[string]any
		if err := json.Unmarshal(in.Bytes(), &line); err != nil {
			tb.Fatalf("log line %q: %v", in.Text(), err)
		}
		if line["msg"] == msg {
			lines = append(lines, line)
		}
	}
	return lines
}

func (l *logged) config() server.Config {
	return server.Config{LogConns: true, Logger: slog.New(slog.NewJSONHandler(l, nil))}
}

// closed waits for the line about the end of the connection from nc.
func (l *logged) closed(t *testing.T, nc net.Conn) (line map[string]any) {
	t.Helper()
	eventually(t, "connection logged as closed", func() bool {
		for _, line = range l.lines(t, "closed") {
			if line["peer"] == nc.LocalAddr().String() {
				return true
			}
		}
		return false
	})
	return line
}

func TestConnectionLog(t *testing.T) {
	var log logged
	s := servertest.Start(t, log.config())
	c := dial(t, s.Addr)
	send(t, c, "SYN\nred \x1b[31m\n300000\n")
	expect(t, c, "ACK!red \x1b[31m\nfile_prepared"+strings.Repeat("A", 300000))
	c.CloseWrite()
	expectEOF(t, c)
	end := log.closed(t, c)
	for key, want := range map[string]any{
		"handler": "command", "framing": "text", "bytes_in": 21.0, "bytes_out": 300027.0, "frames_in": 3.0, "reason": "peer closed",
	} {
		if end[key] != want {
			t.Errorf("closed: %s is %v, want %v", key, end[key], want)
		}
	}
	if d, ok := end["duration"].(float64); !ok || d <= 0 {
		t.Errorf("closed: duration %v", end["duration"])
	}
	accepted := log.lines(t, "accepted")
	if len(accepted) != 1 || accepted[0]["peer"] != c.LocalAddr().String() || accepted[0]["listener"] != s.Listening()[0] {
		t.Errorf("accepted: %v", accepted)
	}
	var requests []string
	for _, line := range log.lines(t, "request") {
		requests = append(requests, line["request"].(string))
	}
	if got, want := fmt.Sprintf("%q", requests), `["SYN" "red \\x1b[31m" "300000"]`; got != want {
		t.Errorf("requests %s, want %s", got, want)
	}
}

// Why a connection ended.
func TestConnectionLogReasons(t *testing.T) {
	var log logged
	cfg := log.config()
	cfg.Limits.StallTimeout = 50 * time.Millisecond
	cfg.Handlers = handlers(func(*server.Reply, []byte) error { panic("on purpose") })
	s := servertest.Start(t, cfg)
	for _, tc := range []struct{ name, send, want string }{
		{"quit", "quit\n", "closed by the server"},
		{"bad preface", "LOADFRAME/1 framing=bogus handler=echo\n", `unknown framing "bogus"`},
		{"bad frame", "LOADFRAME/1 framing=u32 handler=echo\n\xff\xff\xff\xff", "codec: frame too long"},
		{"handler refuses", "LOADFRAME/1 framing=u8 handler=generate\n\x01x", "is not a number of bytes"},
		{"panic", "LOADFRAME/1 framing=u8 handler=own\n\x01x", "panic"},
		{"stall", "LOADFRAME/1 framing=u32 handler=generate\n\x00\x00\x00\x0c100000000000", "stalled: took nothing for 50ms"},
	} {
		c := dial(t, s.Addr)
		send(t, c, tc.send)
		if tc.name != "stall" {
			_, _ = io.Copy(io.Discard, c)
			c.Close()
		}
		if end := log.closed(t, c); !strings.Contains(end["reason"].(string), tc.want) {
			t.Errorf("%s: reason %q, want %q", tc.name, end["reason"], tc.want)
		}
		runtime.KeepAlive(c)
	}
	reset := open(t, s.Addr, "framing=u32 handler=echo")
	reset.SetLinger(0)
	reset.Close()
	if end := log.closed(t, reset); !strings.Contains(end["reason"].(string), "reset") {
		t.Errorf("reset: reason %q", end["reason"])
	}
}

// What one connection can write into the log is bounded.
func TestConnectionLogRequestsAreBounded(t *testing.T) {
	var log logged
	s := servertest.Start(t, log.config())
	c := dial(t, s.Addr)
	for range 100 {
		send(t, c, strings.Repeat("\x00", 1000)+"\n")
	}
	c.CloseWrite()
	io.Copy(io.Discard, c)
	log.closed(t, c)
	requests := log.lines(t, "request")
	if len(requests) != 8 {
		t.Errorf("%d requests logged, want 8", len(requests))
	}
	if text := requests[0]["request"]; text != strings.Repeat(`\x00`, 64) || requests[0]["bytes"] != 1001.0 {
		t.Errorf("request %v", requests[0])
	}
	// A program's frames are no requests that people read.
	c = dial(t, s.Addr)
	send(t, c, "LOADFRAME/1 framing=u8 handler=echo\n\x02hi")
	readLine(c)
	expect(t, c, "\x02hi")
	c.Close()
	log.closed(t, c)
	if n := len(log.lines(t, "request")); n != 8 {
		t.Errorf("echoed frames are in the log: %d lines", n)
	}
}

// A flood of connections is no flood of log, and the log says what it left out.
func TestConnectionLogUnderFlood(t *testing.T) {
	var log logged
	cfg := log.config()
	cfg.Listen = []server.Listener{{Network: "tcp", Address: "127.0.0.1:0"}}
	s, err := server.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	const peers = 1000
	for range peers {
		c := dial(t, s.Addrs()[0].String())
		c.SetLinger(0) // no TIME_WAIT
		c.Close()
	}
	eventually(t, "all of them gone", func() bool { return s.Stats().Accepted == peers && s.Stats().Conns == 0 })
	if err := s.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
	seconds := int(time.Since(start)/time.Second) + 2
	written := len(log.lines(t, "accepted")) + len(log.lines(t, "closed"))
	if written > 200*seconds {
		t.Errorf("%d lines in %d seconds", written, seconds)
	}
	left := 0.0
	for _, line := range log.lines(t, "connection log: lines left out") {
		left += line["lines"].(float64)
	}
	if int(left)+written != 2*peers {
		t.Errorf("%d lines written and %v said to be left out, of %d", written, left, 2*peers)
	}
}

// blocked is a log that nobody reads.
type blocked struct{ until chan struct{} }

func (b blocked) Write(p []byte) (int, error) { <-b.until; return len(p), nil }

// A log that nobody reads stops no loop.
func TestConnectionLogThatBlocks(t *testing.T) {
	b := blocked{make(chan struct{})}
	s := servertest.Start(t, server.Config{LogConns: true, Loops: 1, Logger: slog.New(slog.NewTextHandler(b, nil))})
	defer close(b.until)
	for range 50 {
		c := dial(t, s.Addr)
		send(t, c, "SYN\nSYN\n")
		expect(t, c, "ACK!ACK!")
		c.Close()
	}
}

// A limit that descriptors do not reach is told at the start, not when the first
// client is refused; one that they do is not spoken of.
func TestLimitBeyondDescriptorsIsTold(t *testing.T) {
	var lim unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &lim); err != nil || lim.Cur >= 1<<30 {
		t.Skip("descriptors have no limit: ", err)
	}
	for conns, want := range map[int]int{1 << 30: 1, 1: 0, 0: 0} {
		l := new(logged)
		cfg := l.config()
		cfg.Limits.MaxConns = conns
		servertest.Start(t, cfg)
		if got := l.lines(t, "the connection limit is more than descriptors allow"); len(got) != want {
			t.Errorf("limit %d: %v, want %d lines", conns, got, want)
		}
	}
}
