package udpsocket

import (
	"bytes"
	"net"
	"testing"
	"time"
)

func pair(t *testing.T, network, host string) (a, b *net.UDPConn) {
	t.Helper()
	l, err := net.ListenUDP(network, &net.UDPAddr{IP: net.ParseIP(host)})
	if err != nil {
		t.Skip(err)
	}
	c, err := net.DialUDP(network, nil, l.LocalAddr().(*net.UDPAddr))
	if err != nil {
		t.Fatal(err)
	}
	addr := l.LocalAddr().(*net.UDPAddr)
	l.Close()
	d, err := net.DialUDP(network, addr, c.LocalAddr().(*net.UDPAddr))
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range []*net.UDPConn{c, d} {
		t.Cleanup(func() { u.Close() })
		_ = u.SetDeadline(time.Now().Add(20 * time.Second))
		_ = u.SetReadBuffer(4 << 20)
	}
	return c, d
}

// What is written in one go arrives as the datagrams that it is made of,
// whatever the kernel does with them on the way.
func TestDatagramsAreKeptApart(t *testing.T) {
	for _, network := range []struct{ name, host string }{{"udp4", "127.0.0.1"}, {"udp6", "::1"}} {
		for _, many := range []bool{true, false} {
			for _, tc := range []struct{ size, total int }{{100, 100}, {100, 350}, {1448, 200 * 1448}, {1448, 70*1448 + 1}, {9000, 30_000}, {65_000, 65_000}} {
				a, b := pair(t, network.name, network.host)
				send, take := New(a, tc.size, true), New(b, tc.size, many)
				want := make([]byte, tc.total)
				for i := range want {
					want[i] = byte(i / 7)
				}
				for rest := want; len(rest) > 0; {
					n, err := send.Write(rest, tc.size)
					if err != nil || n <= 0 {
						t.Fatal(n, err)
					}
					rest = rest[n:]
				}
				var got []byte
				for len(got) < tc.total {
					came, err := take.Read()
					if err != nil {
						t.Fatalf("%s, %+v: after %d bytes: %v", network.name, tc, len(got), err)
					}
					for _, d := range came {
						if len(d) != min(tc.size, tc.total-len(got)) {
							t.Fatalf("%+v: a datagram of %d bytes after %d", tc, len(d), len(got))
						}
						got = append(got, d...)
					}
				}
				if !bytes.Equal(got, want) {
					t.Errorf("%+v: other bytes", tc)
				}
			}
		}
	}
}

func TestPathMTU(t *testing.T) {
	a, _ := pair(t, "udp4", "127.0.0.1")
	if mtu := PathMTU(a); mtu != 0 && mtu < 576 {
		t.Errorf("MTU %d", mtu)
	}
}
