package bench

import (
	"context"
	"fmt"
	"io"
	"net"
	"strconv"
	"testing"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// transferSize is one generated file.
const transferSize = 1 << 30

// BenchmarkTransfer pulls a generated file of 1 GiB over one connection.
// Verified are all bytes (full) or none. The floors check none: a plain write
// loop read by the same client, and by a plain read loop, which is what a
// program gets that does nothing about its wake-ups.
func BenchmarkTransfer(b *testing.B) {
	for _, verify := range []client.Verify{client.VerifyFull, client.VerifyNone} {
		p := servertest.StartProcess(b, servertest.Loadframe, 0, server.Limits{})
		b.Run(fmt.Sprintf("server=loadframe/framing=raw/verify=%s", verify), func(b *testing.B) {
			pull(b, client.Config{Addr: p.Addr, Framing: "raw", Verify: verify})
		})
		for _, frame := range []int{64, 256, 1024} {
			b.Run(fmt.Sprintf("server=loadframe/framing=u32/frame=%dKiB/verify=%s", frame, verify), func(b *testing.B) {
				pull(b, client.Config{Addr: p.Addr, Framing: "u32", Size: frame << 10, Verify: verify})
			})
		}
	}
	p := servertest.StartProcess(b, servertest.StdWrite, 0, server.Limits{})
	b.Run("server=std-write/framing=none/verify=none", func(b *testing.B) {
		pull(b, client.Config{Addr: p.Addr, Framing: "raw", Plain: true, Verify: client.VerifyNone})
	})
	b.Run("server=std-write/client=std-read/framing=none/verify=none", func(b *testing.B) { readLoop(b, p.Addr) })
}

// pull is one file an operation.
func pull(b *testing.B, c client.Config) {
	c.Workload, c.Bytes = client.Pull, transferSize
	b.SetBytes(transferSize)
	for b.Loop() {
		r, err := client.Run(context.Background(), c, client.Observer{})
		if err != nil || r.Payload != transferSize {
			b.Fatalf("%d bytes, %v", r.Payload, err)
		}
	}
}

// readLoop is the floor's own client: plain reads of 256 KiB, nothing checked.
func readLoop(b *testing.B, addr string) {
	buf := make([]byte, 256<<10)
	b.SetBytes(transferSize)
	for b.Loop() {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			b.Fatal(err)
		}
		_, err = c.Write(strconv.AppendInt(nil, transferSize, 10))
		for left := transferSize; left > 0 && err == nil; {
			var n int
			n, err = c.Read(buf[:min(left, len(buf))])
			left -= n
		}
		c.Close()
		if err != nil && err != io.EOF {
			b.Fatal(err)
		}
	}
}
