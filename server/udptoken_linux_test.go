package server_test

import (
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
