package server_test

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/loadframe/loadframe/internal/namespace"
	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// inNetwork runs the calling test once more, in a process with a network of its
// own, where 198.51.100.1 and .2 and 203.0.113.9 are addresses that are not
// loopback. It returns true in that process.
func inNetwork(t *testing.T) bool {
	t.Helper()
	if !namespace.Own(t, unix.CLONE_NEWNET) {
		return false
	}
	if err := addAddresses("198.51.100.1", "198.51.100.2", "203.0.113.9"); err != nil {
		t.Fatal(err)
	}
	return true
}

// addAddresses brings lo up and gives it addresses.
func addAddresses(addrs ...string) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	up, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	up.SetUint16(unix.IFF_UP | unix.IFF_RUNNING | unix.IFF_LOOPBACK)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, up); err != nil {
		return fmt.Errorf("lo up: %w", err)
	}
	for i, a := range addrs {
		r, err := unix.NewIfreq(fmt.Sprintf("lo:%d", i+1))
		if err == nil {
			err = r.SetInet4Addr(netip.MustParseAddr(a).AsSlice())
		}
		if err == nil {
			err = unix.IoctlIfreq(fd, unix.SIOCSIFADDR, r)
		}
		if err != nil {
			return fmt.Errorf("address %s: %w", a, err)
		}
	}
	return nil
}

// addAddresses6 gives lo IPv6 addresses, and waits until the system has let go
// of its doubt that somebody else has them.
func addAddresses6(addrs ...string) error {
	fd, err := unix.Socket(unix.AF_INET6, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer func() { unix.Close(fd) }()
	lo, err := net.InterfaceByName("lo")
	if err != nil {
		return err
	}
	for _, a := range addrs {
		var request [24]byte // struct in6_ifreq: address, bits of the prefix, interface
		copy(request[:], netip.MustParseAddr(a).AsSlice())
		binary.NativeEndian.PutUint32(request[16:], 64)
		binary.NativeEndian.PutUint32(request[20:], uint32(lo.Index))
		if _, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SIOCSIFADDR, uintptr(unsafe.Pointer(&request))); e != 0 {
			return fmt.Errorf("address %s: %w", a, e)
		}
		bound := &unix.SockaddrInet6{Addr: netip.MustParseAddr(a).As16(), ZoneId: uint32(lo.Index)}
		for deadline := time.Now().Add(20 * time.Second); unix.Bind(fd, bound) != nil; time.Sleep(time.Millisecond) { // polls a state
			if time.Now().After(deadline) {
				return fmt.Errorf("address %s cannot be bound", a)
			}
		}
		unix.Close(fd)
		if fd, err = unix.Socket(unix.AF_INET6, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0); err != nil {
			return err
		}
	}
	return nil
}

// A link-local address has a zone, which goes with it from the listener's URL to
// what is printed.
func TestLinkLocal(t *testing.T) {
	if !inNetwork(t) {
		return
	}
	if err := addAddresses6("fe80::1"); err != nil {
		t.Skipf("without IPv6: %v", err)
	}
	l, err := server.ParseListener("tcp://[fe80::1%25lo]:0")
	if err != nil {
		t.Fatal(err)
	}
	if bare, err := server.ParseListener("[fe80::1%lo]:0"); err != nil || bare != l {
		t.Errorf("without a scheme: %+v, %v, want %+v", bare, err, l)
	}
	s := servertest.Start(t, server.Config{Listen: []server.Listener{l, {Network: "udp", Address: "[fe80::1%lo]:0"}}, Limits: server.Limits{MaxConnsPerAddr: 1}})
	for _, line := range s.Listening() {
		if !strings.Contains(line, "[fe80::1%lo]:") {
			t.Errorf("listening: %s", line)
		}
	}
	c := dial(t, s.Addr)
	if got, ok := served(c); !ok {
		t.Errorf("tcp: %q", got)
	}
	if line, err := readLine(dial(t, s.Addr)); line != "ERR too many connections from fe80::1%lo: limit 1" {
		t.Errorf("a second connection: %q, %v", line, err)
	}
	udp, err := net.Dial("udp", s.Addrs()[1].String())
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	send(t, udp, "SYN")
	expectDatagram(t, udp.(*net.UDPConn), "ACK!")
}
