package client_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"testing"
	"time"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// halfCloser echoes five messages of 64 bytes in u32, says words, shuts its
// direction down, and goes on reading: what comes then is neither answered nor
// reset.
func halfCloser(t *testing.T, words string) (addr string) {
	return fake(t, "OK\n", func(c net.Conn, r *bufio.Reader) {
		b := make([]byte, 4+64)
		for range 5 {
			if _, err := io.ReadFull(r, b); err != nil {
				return
			}
			c.Write(b)
		}
		io.WriteString(c, words)
		c.(*net.TCPConn).CloseWrite()
		io.Copy(io.Discard, r)
	})
}

// What comes unasked behind a reply may be forgotten by the poller in the turn
// that follows. It is found all the same, long before the timeout.
func TestEndBehindAReply(t *testing.T) {
	const timeout = 15 * time.Second
	for _, c := range []struct{ name, words, want, fault string }{
		{"end", "", "the server closed the connection", client.FaultEOF},
		{"words", "\x00\x00\x00\x0dERR too many!", "refused by the server: too many!", client.FaultRefused},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := mustFail(t, client.Config{Workload: client.Echo, Addr: halfCloser(t, c.words), Size: 64, Timeout: timeout}, c.want)
			if r.Messages != 5 || r.Faults[c.fault] != 1 {
				t.Errorf("%d messages, faults %v", r.Messages, r.Faults)
			}
		})
	}
}

// A request that finds no room in the socket is written to the end elsewhere.
func TestTurnsOfAFullSocket(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	c := client.Config{Workload: client.Echo, Addr: s.Addr, Size: 60 << 10, Messages: 200, Verify: client.VerifyFull}
	c.Socket.Window = 4 << 10
	r, err := client.Run(context.Background(), c, client.Observer{})
	if err != nil || r.Messages != 200 || r.Writes == 200 {
		t.Errorf("%d messages in %d writes, %v", r.Messages, r.Writes, err)
	}
}
