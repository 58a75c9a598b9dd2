package server

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/loadframe/loadframe/internal/datagram"
)

// FuzzUDPDatagram sends any bytes to a loop, over a socket: it stays, and sends
// a peer that is not trusted at most three times what it sent.
func FuzzUDPDatagram(f *testing.F) {
	for kind := range datagram.Kind(14) {
		h := datagram.Header{Kind: kind, Run: 1, Sequence: 1, Total: 1 << 40}
		f.Add(string(h.Append(nil)))
		f.Add(string(datagram.Request{Size: 1, Interval: 1}.Append(h.Append(nil))))
	}
	for _, s := range []string{"SYN", "time", "5", "stream-1-1", "stream-0-5", "1_0", "+_1", strings.Repeat("9", 70)} {
		f.Add(s)
	}
	s, err := Start(Config{Listen: []Listener{{Network: "udp4", Address: "127.0.0.1:0"}}, Loops: 1})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { s.close() })
	l := s.udpListeners[0]
	// A loop of its own, served by this goroutine.
	back, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { back.Close() })
	loop, err := newUDPLoop(l, back)
	if err != nil {
		f.Fatal(err)
	}
	to := back.LocalAddr().(*net.UDPAddr).AddrPort()
	peer, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { peer.Close() })
	f.Fuzz(func(t *testing.T, in string) {
		if len(in) > maxDatagram {
			return
		}
		if _, err := peer.WriteToUDPAddrPort([]byte(in), to); err != nil {
			t.Fatal(err)
		}
		n, err := loop.packets.read()
		if err != nil || n != 1 {
			t.Fatalf("%d datagrams, %v", n, err)
		}
		before := loop.count.BytesOut.Load()
		loop.i, loop.in, loop.peer, loop.trusted, loop.now = 0, loop.packets.data(0), loop.packets.from(0), false, time.Now()
		if len(in) > 0 {
			l.handler(loop)
		}
		if sent := loop.count.BytesOut.Load() - before; sent > int64(proofFactor*len(in)) {
			t.Fatalf("%d bytes for %d: %.100q", sent, len(in), in)
		}
		if n := s.udp.transfers.active.Load(); n != 0 {
			t.Fatalf("%d transfers for %.100q", n, in)
		}
		loop.flush()
		loop.scratch = loop.scratch[:0]
	})
}
