package server_test

import (
	"encoding/binary"
	"net"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// A flood with forged sources: whoever is named in them gets no more than three
// times what was sent in its name, and the server does not grow with the number
// of names.
func TestUDPForgedSources(t *testing.T) {
	if !inNetwork(t) {
		return
	}
	p := servertest.StartProcess(t, servertest.LoadframeUDPAny, 1, server.Limits{})
	_, port, _ := net.SplitHostPort(p.Addr)
	victim, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(203, 0, 113, 9)})
	if err != nil {
		t.Fatal(err)
	}
	defer victim.Close()
	_ = victim.SetReadBuffer(8 << 20)
	raw, err := unix.Socket(unix.AF_INET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.IPPROTO_RAW)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(raw)
	to := netip.MustParseAddr("198.51.100.1")
	forge := func(from netip.AddrPort, payload string) {
		if err := unix.Sendto(raw, packet(from, netip.AddrPortFrom(to, atou16(port)), payload), 0, &unix.SockaddrInet4{Addr: to.As4()}); err != nil {
			t.Fatal(err)
		}
	}
	before := p.Usage(t)
	name := victim.LocalAddr().(*net.UDPAddr).AddrPort()
	sent := 0
	for range 3 {
		for _, c := range commands() {
			if len(c) < 1400 {
				forge(name, c)
				sent += len(c)
			}
		}
	}
	for i := range 50_000 { // as many names
		forge(netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), 7), "SYN")
	}
	eventually(t, "a good many read", func() bool { return p.Usage(t).Server.DatagramsIn > 5000 })
	got := arrived(t, victim)
	if got > 3*sent || got == 0 {
		t.Errorf("the victim got %d bytes for %d", got, sent)
	}
	after := p.Usage(t)
	if grown := after.Heap + after.Stack - before.Heap - before.Stack; grown > 4<<20 || after.Server.Transfers != 0 || after.Goroutines > before.Goroutines {
		t.Errorf("grew by %d bytes, %d goroutines, %d transfers", grown, after.Goroutines-before.Goroutines, after.Server.Transfers)
	}
	t.Logf("the victim got %d bytes for %d; the server read %d datagrams and grew by %d bytes", got, sent, after.Server.DatagramsIn, after.Heap-before.Heap)
}

// A forged source port at which nobody can be answered, and one at which a
// server listens, which would answer the answer: neither is answered.
func TestUDPForgedPorts(t *testing.T) {
	if !inNetwork(t) {
		return
	}
	s := servertest.Start(t, server.Config{Listen: []server.Listener{
		{Network: "udp4", Address: "198.51.100.1:0", Handler: "echo"}, {Network: "udp4", Address: "198.51.100.1:0", Handler: "echo"},
	}})
	at := s.Addrs()[0].(*net.UDPAddr).AddrPort()
	ours := s.Addrs()[1].(*net.UDPAddr).AddrPort()
	raw, err := unix.Socket(unix.AF_INET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.IPPROTO_RAW)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(raw)
	const each = 100
	for range each {
		for _, from := range []netip.AddrPort{netip.AddrPortFrom(ours.Addr(), 0), ours} {
			if err := unix.Sendto(raw, packet(from, at, "hello"), 0, &unix.SockaddrInet4{Addr: at.Addr().As4()}); err != nil {
				t.Fatal(err)
			}
		}
	}
	eventually(t, "all read", func() bool { return s.Stats().DatagramsIn >= 2*each })
	good := dialUDP(t, at.String())
	for range each {
		send(t, good, "hello")
		expect(t, good, "hello")
	}
	// What a write has taken is counted when it returns, and we may have read it before.
	eventually(t, "the last answer counted", func() bool { return s.Stats().DatagramsOut >= each })
	n := s.Stats()
	if n.DatagramsIn != 3*each || n.DatagramsOut != each || n.DatagramSendErrors != 0 {
		t.Errorf("%d datagrams in, %d out, %d errors; want %d, %d, 0", n.DatagramsIn, n.DatagramsOut, n.DatagramSendErrors, 3*each, each)
	}
	if n := s.Refusals()["udp_loop"]; n != each {
		t.Errorf("%d datagrams from our own port were refused, want %d", n, each)
	}
}

func atou16(s string) uint16 {
	n := uint16(0)
	for _, c := range s {
		n = n*10 + uint16(c-'0')
	}
	return n
}

// packet is an IPv4 packet with a UDP datagram; the checksums are left to the
// kernel (IP) and out (UDP, RFC 768: 0 is none).
func packet(from, to netip.AddrPort, payload string) []byte {
	b := make([]byte, 28, 28+len(payload))
	b[0], b[8], b[9] = 0x45, 64, unix.IPPROTO_UDP
	binary.BigEndian.PutUint16(b[2:], uint16(28+len(payload)))
	copy(b[12:], from.Addr().AsSlice())
	copy(b[16:], to.Addr().AsSlice())
	binary.BigEndian.PutUint16(b[20:], from.Port())
	binary.BigEndian.PutUint16(b[22:], to.Port())
	binary.BigEndian.PutUint16(b[24:], uint16(8+len(payload)))
	return append(b, payload...)
}
