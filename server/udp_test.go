package server_test

import (
	"bytes"
	"context"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// startUDP starts a server with one UDP listener on 127.0.0.1.
func startUDP(tb testing.TB, handler string, cfg server.Config) *servertest.Server {
	cfg.Listen = append(cfg.Listen, server.Listener{Network: "udp", Address: "127.0.0.1:0", Handler: handler})
	return servertest.Start(tb, cfg)
}

// dialUDP connects a socket with a great buffer and a deadline that only a loss
// or a hang can reach.
func dialUDP(tb testing.TB, addr string) *net.UDPConn {
	tb.Helper()
	nc, err := net.Dial("udp", addr)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { nc.Close() })
	c := nc.(*net.UDPConn)
	_ = c.SetReadBuffer(8 << 20)
	c.SetDeadline(time.Now().Add(30 * time.Second))
	return c
}

// expectDatagram reads one datagram.
func expectDatagram(tb testing.TB, c *net.UDPConn, want string) {
	tb.Helper()
	buf := make([]byte, 64<<10)
	n, err := c.Read(buf)
	if err != nil || string(buf[:n]) != want {
		tb.Fatalf("got %.200q (%d bytes), %v; want %.200q (%d bytes)", buf[:n], n, err, want, len(want))
	}
}

// expectSilence checks that nothing is owed: the next answer is that to SYN.
// (The answers of one socket to one peer come in the order of the requests.)
func expectSilence(tb testing.TB, c *net.UDPConn) {
	tb.Helper()
	send(tb, c, "SYN")
	expectDatagram(tb, c, "ACK!")
}

func TestUDPCommands(t *testing.T) {
	s := startUDP(t, "", server.Config{})
	c := dialUDP(t, s.Addr)
	letters := strings.Repeat("A", 1024)
	const refusal = "Request for file of 123456790 chars. Server limit is: 123456789 chars."
	for _, tc := range []struct {
		send string
		want []string
	}{
		{"SYN", []string{"ACK!"}},
		{"SYN\n", []string{"ACK!"}},
		{"hello", []string{"hello"}},
		{"Hello, world\n", []string{"Hello, world\n"}},
		{"\x00\xff\xfe", []string{"\x00\xff\xfe"}},
		{" ", []string{" "}},
		{"", nil},
		{"quit", nil},
		{"0", []string{"0"}},
		{" +0\n", []string{" +0\n"}},
		{"-3", []string{"file_prepared"}},
		{"1", []string{"file_prepared", "A"}},
		{" +7 \n", []string{"file_prepared", "AAAAAAA"}},
		{"1024", []string{"file_prepared", letters}},
		{"1025", []string{"file_prepared", letters, "A"}},
		{"5_000", []string{"file_prepared", letters, letters, letters, letters, letters[:904]}},
		{"123456790", []string{refusal}},
		{"99999999999999999999999", []string{strings.Replace(refusal, "123456790", "99999999999999999999999", 1)}},
		{"stream-1-3", []string{"stream-1-3", "stream-1-3", "stream-1-3"}},
		{"stream 2 2\n", []string{"stream 2 2\n", "stream 2 2\n"}},
		{"stream-5-0", []string{"Request for transfer of 0 pakets at: 5 has errors."}},
		{"stream-0-5", []string{"Request for transfer of 5 pakets at: 0 has errors."}},
		{"stream-abc-5", []string{"Request for transfer of 5 pakets at: abc has errors."}},
		{"stream-100", []string{"Request for transfer of none pakets at: 100 has errors."}},
		{"stream-1-2-3", []string{"stream-1-2-3", "stream-1-2-3"}},
		{"stream-999999999-10000", []string{"Request for transfer of 10000 pakets at: 999999999 has errors."}},
		{"streaming", []string{"streaming"}},
	} {
		send(t, c, tc.send)
		for _, want := range tc.want {
			expectDatagram(t, c, want)
		}
		expectSilence(t, c)
	}
	if _, err := time.Parse(time.ANSIC+"\r\n", ask(t, c, "time")); err != nil {
		t.Error(err)
	}
}

func ask(tb testing.TB, c *net.UDPConn, request string) string {
	tb.Helper()
	send(tb, c, request)
	buf := make([]byte, 64<<10)
	n, err := c.Read(buf)
	if err != nil {
		tb.Fatal(err)
	}
	return string(buf[:n])
}

func TestUDPHandlers(t *testing.T) {
	stamp := dialUDP(t, startUDP(t, "stamp", server.Config{}).Addr)
	got := ask(t, stamp, "hello")
	if _, err := time.Parse("["+time.ANSIC+"] hello", got); err != nil {
		t.Error(err)
	}
	if got := ask(t, stamp, strings.Repeat("s", 65507)); got != "ERR stamp: datagram too long: 65507 bytes, limit 65480" {
		t.Errorf("%.100q", got)
	}
	if got := ask(t, stamp, strings.Repeat("s", 65480)); len(got) != 65507 {
		t.Errorf("%d bytes", len(got))
	}
	ack := dialUDP(t, startUDP(t, "ack", server.Config{}).Addr)
	if got := ask(t, ack, "123456789"); got != "ACK!\x00\x00\x00\x09\xe3\x06\x92\x83" { // the check value of CRC-32C
		t.Errorf("%q", got)
	}
	clock := dialUDP(t, startUDP(t, "time", server.Config{}).Addr)
	if _, err := time.Parse(time.ANSIC+"\r\n", ask(t, clock, "?")); err != nil {
		t.Error(err)
	}
	s := startUDP(t, "sink", server.Config{})
	sink := dialUDP(t, s.Addr)
	for range 10 {
		send(t, sink, "12345")
	}
	eventually(t, "counted", func() bool { st := s.Stats(); return st.DatagramsIn == 10 && st.DatagramBytesIn == 50 })
	if st := s.Stats(); st.DatagramsOut != 0 {
		t.Errorf("the sink answered: %+v", st)
	}
}

// Datagrams come back whole, whatever their length; one of no bytes is ignored.
func TestUDPEchoOfAnySize(t *testing.T) {
	for _, handler := range []string{"command", "echo"} {
		c := dialUDP(t, startUDP(t, handler, server.Config{}).Addr)
		send(t, c, "")
		for _, n := range []int{1, 2, 1023, 1472, 1473, 8192, 8193, 65506, 65507} {
			want := strings.Repeat("\x01e", n)[:n]
			send(t, c, want)
			expectDatagram(t, c, want)
		}
	}
}

// What a peer sends in a burst is answered in its order, by however many
// sockets the server reads.
func TestUDPAnswersInOrder(t *testing.T) {
	s := startUDP(t, "echo", server.Config{Loops: 4})
	for range 8 {
		c := dialUDP(t, s.Addr)
		for i := range 256 {
			send(t, c, strings.Repeat("x", 1+i))
		}
		for i := range 256 {
			expectDatagram(t, c, strings.Repeat("x", 1+i))
		}
	}
}

func TestUDPListeners(t *testing.T) {
	for _, tc := range []struct{ url, want string }{
		{"udp://127.0.0.1:0?framing=u16", "framing u16: a datagram is a message"},
		{"udp://127.0.0.1", "want udp://host:port"},
	} {
		if _, err := server.ParseListener(tc.url); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", tc.url, err, tc.want)
		}
	}
	for _, tc := range []struct {
		l    server.Listener
		udp  server.UDP
		want string
	}{
		{server.Listener{Network: "udp", Address: "127.0.0.1:0", Handler: "generate"}, server.UDP{}, `unknown handler "generate": over UDP the handlers are ack, command, echo, sink, stamp, time`},
		{server.Listener{Network: "udp", Address: "127.0.0.1:0", Framing: "u8"}, server.UDP{}, `framing "u8": a datagram is a message`},
		{server.Listener{Network: "udp", Address: "127.0.0.1:0"}, server.UDP{Rate: -1}, "limit of rate -1 is negative"},
	} {
		s, err := server.Start(server.Config{Listen: []server.Listener{tc.l}, UDP: tc.udp})
		if err == nil {
			s.Shutdown(context.Background())
		}
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%+v: %v, want %q", tc.l, err, tc.want)
		}
	}
	v6, err := net.ListenPacket("udp6", "[::1]:0")
	if err != nil {
		t.Log("no IPv6 here:", err)
		return
	}
	v6.Close()
	for _, l := range []server.Listener{{Network: "udp6", Address: "[::1]:0"}, {Network: "udp", Address: "[::]:0"}, {Network: "udp", Address: ":0"}} {
		s := servertest.Start(t, server.Config{Listen: []server.Listener{l}, Loops: 2})
		_, port, _ := net.SplitHostPort(s.Addr)
		c := dialUDP(t, net.JoinHostPort("::1", port))
		send(t, c, "3")
		expectDatagram(t, c, "file_prepared")
		expectDatagram(t, c, "AAA")
		if l.Network == "udp" { // both families
			c := dialUDP(t, net.JoinHostPort("127.0.0.1", port))
			send(t, c, "3")
			expectDatagram(t, c, "file_prepared")
			expectDatagram(t, c, "AAA")
		}
	}
}

// Sockets that share a port among themselves share it with no other server.
func TestUDPPortInUse(t *testing.T) {
	s := startUDP(t, "echo", server.Config{Loops: 4})
	second, err := server.Start(server.Config{Listen: []server.Listener{{Network: "udp", Address: s.Addr}}, Loops: 4})
	if err == nil {
		second.Shutdown(context.Background())
	}
	if err == nil || !strings.Contains(err.Error(), "address already in use") || !strings.Contains(err.Error(), s.Addr) {
		t.Errorf("a second server: %v", err)
	}
	c := dialUDP(t, s.Addr)
	send(t, c, "still there")
	expectDatagram(t, c, "still there")
}

// The client of the field, as it was: it reads datagrams of up to 8192 bytes
// and takes two seconds of silence for the end. (Here the end is known, and all
// of it finds room in the smallest buffer that a system gives by default.)
func TestUDPClientOfTheField(t *testing.T) {
	s := startUDP(t, "", server.Config{})
	for _, n := range []int{1, 1024, 60_000} {
		c := dialUDP(t, s.Addr)
		send(t, c, strconv.Itoa(n))
		expectDatagram(t, c, "file_prepared")
		buf := make([]byte, 8192)
		for got := 0; got < n; {
			k, err := c.Read(buf)
			if err != nil {
				t.Fatalf("%d of %d bytes: %v", got, n, err)
			}
			if want := min(1024, n-got); k != want || bytes.Count(buf[:k], []byte("A")) != k {
				t.Fatalf("after %d bytes a datagram of %d, want %d of the letter A", got, k, want)
			}
			got += k
		}
		expectSilence(t, c)
	}
}
