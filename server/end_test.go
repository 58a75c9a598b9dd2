package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/pattern"
	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// A message a direction: the request ends with the peer's half-close, the answer
// with the server's.
func TestEOFSession(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	content := func(n int) string {
		b := make([]byte, n)
		pattern.Seeded(7).ReadAt(b, 0)
		return string(b)
	}
	long := content(5 << 20)
	for _, tc := range []struct{ session, request, want string }{
		{"framing=eof handler=echo", "hello\n", "hello\n"},
		{"framing=eof handler=echo", "", ""},
		{"framing=eof handler=echo", long, long},
		{"framing=eof handler=ack", "hello", "ACK!\x00\x00\x00\x05\x9a\x71\xbb\x4c"},
		{"framing=eof handler=ack:once", "hello", "ACK!\x00\x00\x00\x05\x9a\x71\xbb\x4c"},
		{"framing=eof handler=generate seed=7", "5", content(5)},
		{"framing=eof handler=generate seed=7", "3000000", content(3_000_000)},
		{"framing=eof handler=generate seed=7", "0", ""},
		{"framing=eof handler=generate", "17000000", "ERR a file of 17000000 bytes is over the limit of framing eof, 16777216 bytes"},
		{"framing=eof handler=command", "5", "file_preparedAAAAA"},
		{"framing=eof handler=stream interval=1ms count=3", "ab", "ababab"},
	} {
		for _, size := range []int{1 << 16, 1} { // bytes of a write
			if size = max(size, len(tc.request)/1000); len(tc.request) < 2 && size == 1 {
				continue
			}
			c := open(t, s.Addr, tc.session)
			go func() {
				for b := range slices.Chunk([]byte(tc.request), size) {
					c.Write(b)
				}
				c.CloseWrite()
			}()
			got, err := io.ReadAll(c)
			if string(got) != tc.want || err != nil {
				t.Errorf("%s, %.20q: %d bytes %.80q, %v, want %d bytes %.80q", tc.session, tc.request, len(got), got, err, len(tc.want), tc.want)
			}
			c.Close()
		}
	}
	c := open(t, s.Addr, "framing=eof handler=sink verify=full seed=7")
	send(t, c, long)
	c.CloseWrite()
	b, err := io.ReadAll(c)
	var report struct {
		Bytes, Frames int64
		Errors        *int64 `json:"verify_errors"`
	}
	if json.Unmarshal(b, &report) != nil || err != nil || report.Bytes != int64(len(long)) || report.Frames != 1 || report.Errors == nil || *report.Errors != 0 {
		t.Errorf("sink: %q, %v", b, err)
	}
	// A message over the limit is refused before its end.
	c = open(t, s.Addr, "framing=eof:max=100 handler=echo")
	send(t, c, strings.Repeat("x", 101))
	if b, err := io.ReadAll(c); !strings.HasPrefix(string(b), "ERR ") || err != nil {
		t.Errorf("over the limit: %q, %v", b, err)
	}
	if n := s.Stats().Truncated; n != 0 {
		t.Errorf("%d streams counted as truncated", n)
	}
}

// A framing with an end of its own has it before the server shuts down its
// direction, whatever the reason and wherever the connection is.
func TestFramingsOwnEnd(t *testing.T) {
	const chunked = "LOADFRAME/1 framing=chunked handler="
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "f"), []byte("content"), 0o644); err != nil {
		t.Fatal(err)
	}
	s := servertest.Start(t, server.Config{Root: root})
	impatient := servertest.Start(t, server.Config{Limits: server.Limits{IdleTimeout: 300 * time.Millisecond}})
	const end = "0\r\n\r\n"
	for _, tc := range []struct {
		name, session, request string
		shut                   bool // half-close behind the request
		frames                 []string
	}{
		{"half-close", "echo", "5\r\nhello\r\n" + end, true, []string{"hello"}},
		{"half-close without a frame", "echo", end, true, nil},
		{"half-close without a byte", "echo", "", true, nil},
		{"last reply", "echo:once", "5\r\nhello\r\n", false, []string{"hello"}},
		{"lane", "generate frame=100000", "6\r\n200000\r\n", true, []string{strings.Repeat("x", 100_000), strings.Repeat("x", 100_000)}},
		{"file", "command:once", "4\r\ndl f\r\n", false, []string{"Sending f size: SpLiT7", "content"}},
		{"quit", "command", "4\r\nquit\r\n", false, nil},
		{"refusal", "generate", "1\r\nx\r\n", false, []string{`ERR generate: "x" is not a number of bytes`}},
		{"idle", "echo", "", false, []string{"ERR idle timeout: no bytes for 300ms"}},
	} {
		addr := s.Addr
		if tc.name == "idle" {
			addr = impatient.Addr
		}
		c := dial(t, addr)
		send(t, c, chunked+tc.session+"\n")
		line, err := readLine(c)
		for strings.HasPrefix(line, "ERR idle") { // the machine stood still before it opened the session
			c = dial(t, addr)
			send(t, c, chunked+tc.session+"\n")
			line, err = readLine(c)
		}
		if err != nil || !strings.HasPrefix(line, "OK ") {
			t.Fatal(line, err)
		}
		send(t, c, tc.request)
		if tc.shut {
			c.CloseWrite()
		}
		wire, err := io.ReadAll(c)
		if err != nil || !bytes.HasSuffix(wire, []byte(end)) || bytes.Count(wire, []byte(end)) != 1 {
			t.Errorf("%s: %.100q, %v: want one end", tc.name, wire, err)
		}
		checkFrames(t, tc.name, wire, tc.frames)
		c.Close()
	}
	if n := s.Stats().Truncated; n != 2 { // of those that did not say their own
		t.Errorf("%d streams counted as truncated, want 2", n)
	}
}

// checkFrames compares chunked frames, of long ones the length.
func checkFrames(t *testing.T, name string, wire []byte, want []string) {
	t.Helper()
	stream := codec.NewStream(codec.Chunked{})
	i := 0
	for frame, err := range stream.Feed(wire) {
		if err != nil || i == len(want) || len(frame) != len(want[i]) || len(frame) < 100 && string(frame) != want[i] {
			t.Errorf("%s: frame %d is %.80q, %v", name, i, frame, err)
			return
		}
		i++
	}
	if last, err := stream.Close(); i != len(want) || last != nil || err != nil {
		t.Errorf("%s: %d frames of %d, then %q, %v", name, i, len(want), last, err)
	}
}

// A server that stops ends the streams of connections that are idle, on their
// loop or still on the lane.
func TestFramingsOwnEndAtShutdown(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	onLoop, onLane := open(t, s.Addr, "framing=chunked handler=echo"), open(t, s.Addr, "framing=chunked handler=generate")
	send(t, onLoop, "5\r\nhello\r\n")
	expect(t, onLoop, "5\r\nhello\r\n")
	send(t, onLane, "6\r\n500000\r\n")
	wire := make([]byte, 500_000+len("40000\r\n\r\n")+len("3a120\r\n\r\n"))
	if _, err := io.ReadFull(onLane, wire); err != nil {
		t.Fatal(err)
	}
	if err := s.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	for name, c := range map[string]net.Conn{"loop": onLoop, "lane": onLane} {
		if b, err := io.ReadAll(c); string(b) != "0\r\n\r\n" || err != nil {
			t.Errorf("%s: %q, %v", name, b, err)
		}
	}
}

// Every request of generate has an answer: for no bytes that is an empty frame,
// and a refusal where the framing has none.
func TestGenerateNothing(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	for spec, empty := range map[string]string{
		"u16": "\x00\x00", "uvarint": "\x00", "line": "\n", "netstring": "0:,", "cobs": "\x01\x00",
		"slip": "", "chunked": "", "fixed:size=1": "",
	} {
		c := open(t, s.Addr, fmt.Sprintf("framing=%s handler=generate", spec))
		cod, err := codec.Parse(spec)
		if err != nil {
			t.Fatal(err)
		}
		request, err := cod.Append(nil, []byte("0"))
		if err != nil {
			t.Fatal(err)
		}
		send(t, c, string(request))
		if empty != "" {
			expect(t, c, empty)
			continue
		}
		b, err := io.ReadAll(c)
		if spec != "fixed:size=1" && !bytes.Contains(b, []byte("ERR ")) || err != nil {
			t.Errorf("%s: %q, %v", spec, b, err)
		}
	}
}
