package client_test

import (
	"bufio"
	"io"
	"net"
	"testing"
	"time"
)

// fake is a server that agrees to any preface and then does what serve does.
func fake(t *testing.T, answer string, serve func(net.Conn, *bufio.Reader)) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	t.Cleanup(func() { l.Close(); <-ended })
	go func() {
		defer close(ended)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.SetDeadline(time.Now().Add(20 * time.Second))
			r := bufio.NewReader(c)
			if _, err := r.ReadString('\n'); err == nil {
				io.WriteString(c, answer)
				serve(c, r)
			}
			c.Close()
		}
	}()
	return l.Addr().String()
}

// request reads the raw request of a pull.
func request(r *bufio.Reader) { r.ReadByte(); r.Discard(r.Buffered()) }

// silent is a server that agrees to a preface and says nothing more.
func silent(t *testing.T) string {
	return fake(t, "OK\n", func(_ net.Conn, r *bufio.Reader) { io.Copy(io.Discard, r) })
}

// nobody is an address that refuses connections and that nobody else can get
// meanwhile: the other end of one.
func nobody(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	nc, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	return nc.LocalAddr().String()
}
