package server_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// handlerFunc is a handler of a test's own.
type handlerFunc func(r *server.Reply, frame []byte) error

func (f handlerFunc) Serve(r *server.Reply, frame []byte) error { return f(r, frame) }

func handlers(f handlerFunc) map[string]func() server.Handler {
	return map[string]func() server.Handler{"own": func() server.Handler { return f }}
}

// Replies of one Serve come in order, also when one is too big to gather.
func TestOwnHandler(t *testing.T) {
	big := bytes.Repeat([]byte("b"), 3<<20)
	s := servertest.Start(t, server.Config{Handlers: handlers(func(r *server.Reply, frame []byte) error {
		for _, p := range [][]byte{[]byte("one"), big, []byte("two"), big, frame} {
			if err := r.Frame(p); err != nil {
				return err
			}
		}
		return nil
	})})
	c := open(t, s.Addr, "framing=u32 handler=own")
	want := "\x00\x00\x00\x03one\x00\x30\x00\x00" + string(big) + "\x00\x00\x00\x03two\x00\x30\x00\x00" + string(big) + "\x00\x00\x00\x03end"
	for range 2 {
		send(t, c, "\x00\x00\x00\x03end\x00\x00\x00\x03end")
		expect(t, c, want+want)
	}
}

// What a handler replies with is its own again when Frame returns.
func TestReplyIsCopied(t *testing.T) {
	scratch := make([]byte, 100_000)
	s := servertest.Start(t, server.Config{Handlers: handlers(func(r *server.Reply, frame []byte) error {
		for _, b := range []byte("ab") {
			for i := range scratch {
				scratch[i] = b
			}
			if err := r.Frame(scratch); err != nil {
				return err
			}
		}
		return nil
	})})
	c := dial(t, s.Addr)
	send(t, c, "LOADFRAME/1 framing=u32 handler=own\n\x00\x00\x00\x01x")
	readLine(c)
	const head = "\x00\x01\x86\xa0"
	expect(t, c, head+strings.Repeat("a", len(scratch))+head+strings.Repeat("b", len(scratch)))
}

// Each connection of a listener with a fixed framing has its own handler: here
// each counts its own files.
func TestFixedFramingHasAHandlerAConnection(t *testing.T) {
	s := servertest.Start(t, server.Config{Listen: []server.Listener{{Network: "tcp", Address: "127.0.0.1:0", Framing: "u16", Handler: "generate"}}})
	var first string
	for range 3 {
		c := dial(t, s.Addr)
		send(t, c, "\x00\x0240")
		head := make([]byte, 42)
		if _, err := c.Read(head); err != nil {
			t.Fatal(err)
		}
		if first == "" {
			first = string(head)
		}
		if string(head) != first || !strings.HasPrefix(first, "\x00\x28") {
			t.Errorf("file begins with %q, on the first connection with %q", head, first)
		}
	}
}

func TestBadHandlerNames(t *testing.T) {
	for _, name := range []string{"", "two words", "echo", "a=b"} {
		_, err := server.Start(server.Config{
			Listen:   []server.Listener{{Network: "tcp", Address: "127.0.0.1:0"}},
			Handlers: map[string]func() server.Handler{name: func() server.Handler { return nil }},
		})
		if err == nil {
			t.Errorf("handler name %q was taken", name)
		}
	}
}
