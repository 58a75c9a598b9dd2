package server_test

import (
	"encoding/binary"
	"net"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/loadframe/loadframe/internal/datagram"
	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// dialFrom is dialUDP from an address that is not the system's choice.
func dialFrom(t *testing.T, from, to string) *net.UDPConn {
	t.Helper()
	peer := net.UDPAddrFromAddrPort(netip.MustParseAddrPort(to))
	c, err := net.DialUDP("udp", &net.UDPAddr{IP: net.ParseIP(from)}, peer)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(30 * time.Second))
	return c
}

func startUDPAt(t *testing.T, address, handler string, u server.UDP) *servertest.Server {
	return servertest.Start(t, server.Config{
		Listen: []server.Listener{{Network: "udp", Address: address, Handler: handler}}, UDP: u,
		Limits: server.Limits{DrainTimeout: time.Millisecond},
	})
}

// commands are everything that a peer can send.
func commands() []string {
	all := []string{
		"S", "SY", "SYN", "time", "t", "1", "5", "1000000", "123456789", "123456790", "99999999999999999999999", "-1", "0", "quit", " ", "hello",
		"stream", "stream-1-10000", "stream 1 9", "stream-0-5", "stream-", "stream-999999999-1", "LF\x00", "LF\x00\x01", "LF\x00\x02" + string(make([]byte, 45)),
		string(make([]byte, 1400)), string(make([]byte, 65507)),
	}
	for kind := range datagram.Kind(20) {
		h := datagram.Header{Kind: kind, Run: uint64(kind), Sequence: 10, Total: 1 << 20}
		r := datagram.Request{Interval: time.Millisecond, Size: 1000, Rate: 1 << 30}
		all = append(all, string(h.Append(nil)), string(r.Append(h.Append(nil))), string(h.Append(nil))+"x")
		r.Token[3], r.Token[10] = 1, 7 // one that is wrong
		all = append(all, string(r.Append(h.Append(nil))))
	}
	return all
}

// Before a peer has proved its address it gets at most three times what it
// sent, for every command and every handler, over IPv4 and IPv6: the bytes are
// counted where they arrive.
func TestUDPAmplification(t *testing.T) {
	if !inNetwork(t) {
		return
	}
	testUDPAmplification(t, "198.51.100.1:0", "198.51.100.2")
	if err := addAddresses6("2001:db8::1", "2001:db8::2"); err != nil {
		t.Logf("without IPv6: %v", err)
		return
	}
	testUDPAmplification(t, "[2001:db8::1]:0", "2001:db8::2")
}

func testUDPAmplification(t *testing.T, at, from string) {
	t.Helper()
	worst := 0.0
	for _, handler := range server.UDPHandlers() {
		s := startUDPAt(t, at, handler, server.UDP{})
		for _, request := range commands() {
			before := s.Stats().DatagramsIn
			c := dialFrom(t, from, s.Addr)
			send(t, c, request)
			send(t, c, request)
			// They are counted when they have been answered. What is sent by and
			// by would show as a transfer.
			eventually(t, "both were read", func() bool { return s.Stats().DatagramsIn == before+2 })
			if n := s.Stats().Transfers; n != 0 {
				t.Fatalf("%s: %.100q began a transfer to a peer without a token", handler, request)
			}
			got := arrived(t, c)
			if got > 3*2*len(request) {
				t.Errorf("%s: %d bytes for two times %d: %.100q", handler, got, len(request), request)
			}
			worst = max(worst, float64(got)/float64(2*len(request)))
		}
	}
	t.Logf("%s: worst: %.2f times", from, worst)
	if worst <= 1 {
		t.Errorf("%s: at most %.2f times what was sent came back: nothing was tested", from, worst)
	}
}

// arrived counts the bytes that wait for c.
func arrived(t *testing.T, c *net.UDPConn) (n int) {
	rc, err := c.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 64<<10)
	for k := 0; k >= 0; n += max(k, 0) {
		if err := rc.Read(func(fd uintptr) bool {
			k, _, _ = unix.Recvfrom(int(fd), buf, unix.MSG_DONTWAIT)
			return true
		}); err != nil {
			t.Fatal(err)
		}
	}
	return n
}

// With a token a peer from anywhere gets what it asks for; with another's
// token, or from a trusted network, it is as it should be.
func TestUDPToken(t *testing.T) {
	if !inNetwork(t) {
		return
	}
	s := startUDPAt(t, "198.51.100.1:0", "", server.UDP{})
	c := dialFrom(t, "198.51.100.2", s.Addr)
	send(t, c, request(datagram.File, 1, 0, 100_000, datagram.Request{}))
	_, payload := expectKind(t, c, datagram.Token, 1)
	r := datagram.Request{Token: [datagram.TokenLen]byte(payload)}

	thief := dialFrom(t, "203.0.113.9", s.Addr)
	send(t, thief, request(datagram.File, 1, 0, 100_000, r))
	expectKind(t, thief, datagram.Token, 1)
	neighbour := dialFrom(t, "198.51.100.2", s.Addr) // another port
	send(t, neighbour, request(datagram.File, 1, 0, 100_000, r))
	expectKind(t, neighbour, datagram.Token, 1)
	bad := r
	bad.Token[datagram.TokenLen-1] ^= 1
	send(t, c, request(datagram.File, 1, 0, 100_000, bad))
	expectKind(t, c, datagram.Token, 1)

	send(t, c, request(datagram.File, 1, 0, 100_000, r))
	expectKind(t, c, datagram.Accepted, 1)
	var got datagram.Tracker
	for {
		h, b := receive(t, c)
		if h.Kind == datagram.End {
			break
		}
		got.Add(h.Sequence, len(b), 0)
	}
	if k := got.Receipt(); k.Bytes != 100_000 || k.Lost > 0 {
		t.Errorf("%+v", k)
	}
	for _, tc := range []struct{ send, want string }{{"5", "ERR"}, {"50000", "ERR token"}, {"stream-1-2", "ERR a token is needed"}, {"time", "ERR token"}} {
		if got := ask(t, c, tc.send); got != tc.want {
			t.Errorf("%q is answered with %q, want %q", tc.send, got, tc.want)
		}
	}

	trusting := startUDPAt(t, "198.51.100.1:0", "", server.UDP{Trust: []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")}})
	c = dialFrom(t, "198.51.100.2", trusting.Addr)
	send(t, c, "5")
	expectDatagram(t, c, "file_prepared")
	expectDatagram(t, c, "AAAAA")
	c = dialFrom(t, "203.0.113.9", trusting.Addr)
	send(t, c, "5")
	expectDatagram(t, c, "ERR")
}

// Limits of one address: bytes a second and transfers, of all of its ports.
func TestUDPAddressBudget(t *testing.T) {
	if !inNetwork(t) {
		return
	}
	s := startUDPAt(t, "198.51.100.1:0", "", server.UDP{AddressRate: 10_000, AddressTransfers: 2})
	c := dialFrom(t, "198.51.100.2", s.Addr)
	began := time.Now()
	for range 30 { // 30,000 bytes against 10,000 and 10,000 more a second
		send(t, c, string(make([]byte, 1000)))
	}
	eventually(t, "all read", func() bool { return s.Stats().DatagramsIn == 30 })
	most := 10_000 + int64(10_000*time.Since(began).Seconds())
	if st := s.Stats(); st.DatagramBytesOut > most || st.DatagramsOverRate == 0 && most < 30_000 || st.DatagramsOut == 0 {
		t.Errorf("%d bytes sent, at most %d allowed: %+v", st.DatagramBytesOut, most, st)
	}
	other := dialFrom(t, "203.0.113.9", s.Addr) // has its own
	send(t, other, "hello")
	expectDatagram(t, other, "hello")
	for run := range uint64(3) {
		c := dialFrom(t, "203.0.113.9", s.Addr)
		send(t, c, request(datagram.Stream, run, 2, 0, datagram.Request{}))
		_, token := expectKind(t, c, datagram.Token, run)
		send(t, c, request(datagram.Stream, run, 2, 0, datagram.Request{Token: [datagram.TokenLen]byte(token), Interval: time.Minute}))
		if h, b := receive(t, c); run < 2 && h.Kind != datagram.Accepted || run == 2 && string(b) != "too many transfers to one address: limit 2" {
			t.Errorf("stream %d: %+v %q", run, h, b)
		}
	}
}

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
