package server_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

func TestCommands(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	const refusal = "Request for file of 123456790 chars. Server limit is: 123456789 chars."
	for _, tc := range []struct{ send, want string }{
		{"SYN", "ACK!"}, // no line end: silence ends it
		{"SYN\n", "ACK!"},
		{"SYN\r\n", "ACK!"},
		{"5", "file_preparedAAAAA"},
		{" +7 \n", "file_preparedAAAAAAA"},
		{"1_0\n", "file_preparedAAAAAAAAAA"},
		{"0\n", "0\n"},
		{"0", "0"},
		{"-3\n", "file_prepared"},
		{"123456790", refusal},
		{"99999999999999999999999\n", strings.Replace(refusal, "123456790", "99999999999999999999999", 1)},
		{"99999999999999999999999abc\n", "99999999999999999999999abc\n"}, // too great before it is no number
		{"-99999999999999999999999.5\n", "-99999999999999999999999.5\n"},
		{strings.Repeat("9", 65) + "\n", strings.Repeat("9", 65) + "\n"},
		{"Hello, world", "Hello, world"},
		{"Hello\n", "Hello\n"},
		{"1__0\n", "1__0\n"},
		{"value out of range\n", "value out of range\n"},
		{"L", "L"}, // the beginning of a preface that does not come
		{"LOADFRAM\n", "LOADFRAM\n"},
		{"\x00\xff\xfe\n", "\x00\xff\xfe\n"},
		{"SYN\n5\nhello\nSYN\n", "ACK!file_preparedAAAAAhello\nACK!"},
	} {
		nc := dial(t, s.Addr)
		send(t, nc, tc.send)
		expect(t, nc, tc.want)
		nc.CloseWrite()
		expectEOF(t, nc)
	}
}

func TestCommandsGoOnOnOneConnection(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	nc := dial(t, s.Addr)
	for range 3 {
		send(t, nc, "SYN")
		expect(t, nc, "ACK!")
		send(t, nc, "300000\n") // goes by the lane
		expect(t, nc, "file_prepared"+strings.Repeat("A", 300000))
		send(t, nc, "7\nSYN\n")
		expect(t, nc, "file_preparedAAAAAAAACK!")
	}
	send(t, nc, "echo me\nquit\nnot this\n")
	expect(t, nc, "echo me\n")
	expectEOF(t, nc)
}

func TestGreatestFile(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	nc := dial(t, s.Addr)
	send(t, nc, "123456789\nquit\n")
	expect(t, nc, "file_prepared")
	var n int64
	buf := make([]byte, 1<<20)
	for {
		k, err := nc.Read(buf)
		if bytes.Count(buf[:k], []byte("A")) != k {
			t.Fatalf("something else than A within %d bytes after %d", k, n)
		}
		n += int64(k)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if n != server.CommandLimit {
		t.Errorf("%d bytes, want %d", n, server.CommandLimit)
	}
}
