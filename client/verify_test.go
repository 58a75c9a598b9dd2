package client_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"testing"
	"time"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/internal/pattern"
)

func TestVerificationNamesTheFirstBadByte(t *testing.T) {
	content := pattern.Seeded(9)
	for _, damage := range []struct {
		name string
		do   func(b []byte) []byte
		want string
	}{
		{"flipped", func(b []byte) []byte { b[700000] ^= 1; return b }, "byte 700000 is 0x"},
		{"block lost", func(b []byte) []byte { return append(b[:65536], b[131072:]...) }, "byte 6553"},
		{"block repeated", func(b []byte) []byte { return append(b[:65536:65536], b...) }, "byte 6553"},
	} {
		t.Run(damage.name, func(t *testing.T) {
			b := make([]byte, 1<<20)
			content.ReadAt(b, 0)
			b = damage.do(b)
			addr := fake(t, "OK\n", func(c net.Conn, r *bufio.Reader) {
				request(r)
				c.Write(b[:900_000])
			})
			c := client.Config{Workload: client.Pull, Addr: addr, Framing: "raw", Bytes: 900_000, Seed: 9}
			r := mustFail(t, c, "verify", damage.want, "expected 0x")
			if r.VerifyErrors != 1 {
				t.Errorf("%d verify errors, want 1", r.VerifyErrors)
			}
			c.Verify = client.VerifyNone
			if _, err := client.Run(context.Background(), c, client.Observer{}); err != nil {
				t.Errorf("without verification: %v", err)
			}
		})
	}
}

// What comes beyond what was asked for is an error: it may be a repetition.
func TestSurplus(t *testing.T) {
	file := "\x00\x00\x03\xe8" + string(pattern.Seeded(0).Slice(0, 1000))
	for name, tc := range map[string]struct {
		config client.Config
		send   string
	}{
		"framed file twice": {client.Config{Workload: client.Pull, Framing: "u32", Size: 1000, Bytes: 1000}, file + file},
		"raw file, a byte":  {client.Config{Workload: client.Pull, Framing: "raw", Bytes: 1000}, file[4:] + "x"},
		"half a reply":      {client.Config{Workload: client.Echo, Framing: "u32", Size: 1000, Messages: 1}, file + file[:500]},
	} {
		t.Run(name, func(t *testing.T) {
			addr := fake(t, "OK\n", func(c net.Conn, r *bufio.Reader) {
				request(r)
				io.WriteString(c, tc.send)
				io.Copy(io.Discard, r)
			})
			tc.config.Addr = addr
			if r := mustFail(t, tc.config, "more"); r.VerifyErrors != 1 {
				t.Errorf("%d verify errors, want 1", r.VerifyErrors)
			}
		})
	}
}

// A file of less than nothing is complete at once, and to ask for the next one would go on for ever.
func TestNegativeLimits(t *testing.T) {
	addr := fake(t, "OK max_transfer=-5 max_frame=-5\n", func(_ net.Conn, r *bufio.Reader) { io.Copy(io.Discard, r) })
	mustFail(t, client.Config{Workload: client.Pull, Addr: addr, Bytes: 1000, Timeout: 200 * time.Millisecond}, "no progress")
}

func TestWrongReplies(t *testing.T) {
	for name, reply := range map[string]string{
		"another byte":        "\x00\x00\x00\x04abcX",
		"another length":      "\x00\x00\x00\x03abc",
		"to nothing sent":     "\x00\x00\x00\x04\x00\x00\x00\x04",
		"no frame":            "\xff\xff\xff\xff",
		"ack of another text": "\x00\x00\x00\x0cACK!\x00\x00\x00\x05\x00\x00\x00\x00",
	} {
		addr := fake(t, "OK\n", func(c net.Conn, r *bufio.Reader) {
			r.Discard(8)
			io.WriteString(c, reply)
			io.Copy(io.Discard, r)
		})
		t.Run(name, func(t *testing.T) {
			mustFail(t, client.Config{Workload: client.Echo, Addr: addr, Size: 4, Messages: 5, Timeout: time.Second})
			mustFail(t, client.Config{Workload: client.Ack, Addr: addr, Size: 4, Messages: 5, Timeout: time.Second})
		})
	}
}
