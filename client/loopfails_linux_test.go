package client

import (
	"bufio"
	"io"
	"net"
	"testing"
	"time"
)

const (
	loopConns    = 6
	loopMessages = 40 // of each connection
)

// Whatever one connection of a loop meets, it alone fails, and in the words in which
// it would by itself; the others come to their bound.
func TestOneOfALoopFails(t *testing.T) {
	const size = 64
	for name, c := range map[string]struct {
		fault string
		end   func(c *net.TCPConn, r *bufio.Reader)
	}{
		"closes":                {FaultEOF, func(_ *net.TCPConn, r *bufio.Reader) { swallow(r) }},
		"closes behind a reply": {"", func(c *net.TCPConn, r *bufio.Reader) { echoes(c, r, 1, size) }}, // a reset if we have asked meanwhile
		"ends behind a reply": {FaultEOF, func(c *net.TCPConn, r *bufio.Reader) {
			echoes(c, r, 1, size)
			c.CloseWrite()
			io.Copy(io.Discard, r)
		}},
		"ends, and goes on reading": {FaultEOF, func(c *net.TCPConn, r *bufio.Reader) {
			c.CloseWrite()
			io.Copy(io.Discard, r)
		}},
		"resets": {FaultReset, func(c *net.TCPConn, _ *bufio.Reader) { c.SetLinger(0) }},
		"resets in a frame": {FaultReset, func(c *net.TCPConn, r *bufio.Reader) {
			swallow(r)
			c.Write([]byte{0, 0, 0, size, 1})
			c.SetLinger(0)
		}},
		"refuses": {FaultRefused, func(c *net.TCPConn, r *bufio.Reader) {
			swallow(r)
			c.Write([]byte("\x00\x00\x00\x0dERR too many!"))
		}},
		"refuses, unasked": {FaultRefused, func(c *net.TCPConn, r *bufio.Reader) {
			c.Write([]byte("\x00\x00\x00\x0dERR too many!"))
			c.CloseWrite()
			io.Copy(io.Discard, r)
		}},
		"lies": {FaultVerify, func(c *net.TCPConn, r *bufio.Reader) {
			b := make([]byte, 4+size)
			io.ReadFull(r, b)
			b[20]++
			c.Write(b)
			io.Copy(io.Discard, r)
		}},
		"answers twice": {"", func(c *net.TCPConn, r *bufio.Reader) {
			b := make([]byte, 4+size)
			io.ReadFull(r, b)
			c.Write(append(b, b...))
			io.Copy(io.Discard, r)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			addr := manyServed(t, func(i int, nc *net.TCPConn, r *bufio.Reader) {
				for n := 0; n < loopMessages; n++ {
					if i == 3 && n == 5 {
						c.end(nc, r)
						return
					}
					if echoes(nc, r, 1, size) != nil {
						return
					}
				}
				io.Copy(io.Discard, r)
			})
			r, err := Run(t.Context(), Config{Workload: Echo, Addr: addr, Conns: loopConns, Size: size, Messages: loopConns * loopMessages, Timeout: 15 * time.Second}, Observer{})
			if err == nil || r.Failed != 1 || c.fault != "" && r.Faults[c.fault] != 1 {
				t.Fatalf("%d failed, faults %v, want %s: %v", r.Failed, r.Faults, c.fault, err)
			}
			if n := r.Messages; n < (loopConns-1)*loopMessages+5 || n != r.Response.TotalCount() {
				t.Errorf("%d messages, %d latencies", n, r.Response.TotalCount())
			}
		})
	}
}
