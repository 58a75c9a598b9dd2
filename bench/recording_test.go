package bench

import (
	"encoding/binary"
	"io"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/internal/sysinfo"
	"github.com/loadframe/loadframe/server/servertest"
)

// BenchmarkRecording is what timing, recording, verifying and framing each
// message costs: the client beside loops that write and read as many bytes and
// look at nothing.
func BenchmarkRecording(b *testing.B) {
	b.Run("client=loadframe/size=64/depth=1/conns=50", func(b *testing.B) {
		exchange(b, startEcho(b, servertest.Loadframe), client.Config{Framing: "u32", Size: 64, Conns: 50, Plain: true})
	})
	b.Run("client=bare/size=64/depth=1/conns=50", func(b *testing.B) {
		bareLoops(b, startEcho(b, servertest.Loadframe).Addr, 50, 64)
	})
}

// BenchmarkInFlight is messages/s of one connection by requests in flight.
func BenchmarkInFlight(b *testing.B) {
	for _, depth := range []int{1, 64, 1024} {
		b.Run("size=64/conns=1/depth="+strconv.Itoa(depth), func(b *testing.B) {
			exchange(b, startEcho(b, servertest.Loadframe), client.Config{Framing: "u32", Size: 64, Depth: depth, Plain: true})
		})
	}
}

// bareLoops makes b.N round trips of frames of size bytes.
func bareLoops(b *testing.B, addr string, conns, size int) {
	frame := binary.BigEndian.AppendUint32(nil, uint32(size))
	frame = append(frame, make([]byte, size)...)
	var cs []net.Conn
	for range conns {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			b.Fatal(err)
		}
		defer c.Close()
		cs = append(cs, c)
	}
	errs := make(chan error, conns)
	var wg sync.WaitGroup
	b.ResetTimer()
	cpu, _ := sysinfo.CPUTime()
	start := time.Now()
	for i, c := range cs {
		n := b.N / conns
		if i < b.N%conns {
			n++
		}
		wg.Go(func() {
			buf := make([]byte, len(frame))
			for range n {
				if _, err := c.Write(frame); err != nil {
					errs <- err
					return
				}
				if _, err := io.ReadFull(c, buf); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	wg.Wait()
	took := time.Since(start)
	b.StopTimer()
	used, _ := sysinfo.CPUTime()
	select {
	case err := <-errs:
		b.Fatal(err)
	default:
	}
	b.ReportMetric(float64(took.Nanoseconds())/float64(b.N), "ns/op")
	b.ReportMetric(float64(b.N)/took.Seconds(), "msg/s")
	b.ReportMetric(float64(used.Sub(cpu).Total().Nanoseconds())/float64(b.N), "client-cpu-ns/op")
}
