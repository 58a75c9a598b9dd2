package bench

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// BenchmarkUDPEcho makes round trips of datagrams of 64 bytes over 50 sockets,
// each with so many in flight. Every answer's sequence is checked; what does not
// come within a second is lost, and counted.
func BenchmarkUDPEcho(b *testing.B) {
	for _, depth := range []int{1, 8} {
		for _, kind := range []string{servertest.LoadframeUDP, servertest.StdUDPEcho} {
			b.Run(fmt.Sprintf("server=%s/size=64/sockets=50/depth=%d", kind, depth), func(b *testing.B) {
				udpEcho(b, servertest.StartProcess(b, kind, 0, server.Limits{}), 50, depth)
			})
		}
	}
}

func udpEcho(b *testing.B, p *servertest.Process, sockets, depth int) {
	var left, lost atomic.Int64
	left.Store(int64(b.N))
	var conns []net.Conn
	for range sockets {
		c, err := net.Dial("udp4", p.Addr)
		if err != nil {
			b.Fatal(err)
		}
		defer c.Close()
		conns = append(conns, c)
	}
	before := p.Usage(b)
	b.ResetTimer()
	start := time.Now()
	var done sync.WaitGroup
	for _, c := range conns {
		done.Go(func() {
			n, err := udpRoundTrips(c, depth, &left)
			lost.Add(n)
			if err != nil {
				b.Error(err)
			}
		})
	}
	done.Wait()
	took := time.Since(start)
	b.StopTimer()
	b.ReportMetric(float64(b.N)/took.Seconds(), "msg/s")
	b.ReportMetric(float64(lost.Load()), "lost")
	b.ReportMetric(float64((p.Usage(b).CPU-before.CPU).Nanoseconds())/float64(b.N), "server-cpu-ns/op")
}

// udpRoundTrips takes round trips from left until there are none, and returns
// how many had no answer.
func udpRoundTrips(c net.Conn, depth int, left *atomic.Int64) (lost int64, err error) {
	out, in := make([]byte, 64), make([]byte, 128)
	var sent, next uint64
	flying := 0
	for {
		for flying < depth && left.Add(-1) >= 0 {
			binary.BigEndian.PutUint64(out, sent)
			if _, err := c.Write(out); err != nil {
				return lost, err
			}
			sent++
			flying++
		}
		if flying == 0 {
			return lost, nil
		}
		c.SetReadDeadline(time.Now().Add(time.Second))
		n, err := c.Read(in)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			lost, next, flying = lost+int64(flying), sent, 0
			continue
		}
		if err != nil {
			return lost, err
		}
		got := binary.BigEndian.Uint64(in)
		if n != len(out) || got < next || got >= sent {
			return lost, fmt.Errorf("%d bytes with sequence %d, want %d bytes and %d to %d", n, got, len(out), next, sent-1)
		}
		lost += int64(got - next)
		flying -= int(got-next) + 1
		next = got + 1
	}
}
