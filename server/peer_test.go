package server_test

import (
	"bytes"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// dial connects with a deadline that only a hang can reach.
func dial(tb testing.TB, addr string) *net.TCPConn {
	tb.Helper()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { nc.Close() })
	nc.SetDeadline(time.Now().Add(30 * time.Second))
	return nc.(*net.TCPConn)
}

// open opens a session.
func open(tb testing.TB, addr, opening string) *net.TCPConn {
	tb.Helper()
	c := dial(tb, addr)
	send(tb, c, "LOADFRAME/1 "+opening+"\n")
	if line, err := readLine(c); err != nil || !strings.HasPrefix(line, "OK ") {
		tb.Fatalf("%s: %q, %v", opening, line, err)
	}
	return c
}

// dialAsAnother is dial from a second address of this machine.
func dialAsAnother(t *testing.T, addr string) *net.TCPConn {
	t.Helper()
	from := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
	nc, err := from.Dial("tcp", addr)
	if err != nil {
		t.Skip("no second address to come from: ", err)
	}
	t.Cleanup(func() { nc.Close() })
	return nc.(*net.TCPConn)
}

func send(tb testing.TB, nc net.Conn, s string) {
	tb.Helper()
	if _, err := io.WriteString(nc, s); err != nil {
		tb.Fatal(err)
	}
}

func expect(tb testing.TB, nc net.Conn, want string) {
	tb.Helper()
	got := make([]byte, len(want))
	n, err := io.ReadFull(nc, got)
	if err != nil || string(got) != want {
		tb.Fatalf("got %.200q (%v), want %.200q", got[:n], err, want)
	}
}

func expectEOF(tb testing.TB, nc net.Conn) {
	tb.Helper()
	if b, err := io.ReadAll(nc); err != nil || len(b) > 0 {
		tb.Fatalf("got %.200q, %v; want the end of the stream", b, err)
	}
}

// readLine reads through the first LF, byte by byte.
func readLine(r io.Reader) (string, error) {
	var line bytes.Buffer
	b := make([]byte, 1)
	for {
		if _, err := io.ReadFull(r, b); err != nil {
			return line.String(), err
		}
		if b[0] == '\n' {
			return line.String(), nil
		}
		line.WriteByte(b[0])
	}
}

// served checks that a connection is served; what came instead is returned.
func served(c net.Conn) (instead string, ok bool) {
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.WriteString(c, "SYN\n"); err != nil {
		return err.Error(), false
	}
	b := make([]byte, 4)
	n, err := io.ReadFull(c, b)
	if err != nil || string(b) != "ACK!" {
		rest, _ := io.ReadAll(c)
		return string(b[:n]) + string(rest), false
	}
	return "", true
}
