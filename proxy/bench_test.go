package proxy

import (
	"io"
	"net"
	"testing"
	"time"
)

// BenchmarkPass sends bytes to a sink: bare is the floor, without a proxy
// between; the others are what the proxy costs.
func BenchmarkPass(b *testing.B) {
	for _, bc := range []struct{ name, up string }{
		{"bare", ""}, {"path=none", "none"}, {"path=flip", "flip=1/MiB"}, {"path=delay", "delay=1ms,buffer=64MiB"}, {"path=slice", "slice=1448"},
	} {
		b.Run(bc.name, func(b *testing.B) {
			ended := make(chan int64, 1)
			addr := target(b, func(c *net.TCPConn) {
				_ = c.SetDeadline(time.Time{})
				var n int64
				buf := make([]byte, 512<<10)
				for {
					k, err := c.Read(buf)
					if n += int64(k); err != nil {
						break
					}
				}
				ended <- n
			})
			if bc.up != "" {
				p, _ := started(b, Config{To: addr, Up: mustParse(b, bc.up)})
				addr = p.Addr().String()
			}
			conn, err := net.Dial("tcp", addr)
			if err != nil {
				b.Fatal(err)
			}
			defer conn.Close()
			block := make([]byte, 1<<20)
			b.SetBytes(int64(len(block)))
			for b.Loop() {
				if _, err := conn.Write(block); err != nil {
					b.Fatal(err)
				}
			}
			_ = conn.(*net.TCPConn).CloseWrite()
			if n := <-ended; n != int64(b.N)*int64(len(block)) {
				b.Errorf("%d bytes arrived of %d", n, int64(b.N)*int64(len(block)))
			}
			_, _ = io.Copy(io.Discard, conn)
		})
	}
}
