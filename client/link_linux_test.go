package client

import (
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// linked returns a link that a loop may have, and its peer.
func linked(t *testing.T, network, addr string) (l *link, peer net.Conn) {
	t.Helper()
	listener, err := net.Listen(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	nc, err := net.Dial(network, listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if peer, err = listener.Accept(); err != nil {
		t.Fatal(err)
	}
	l = newLink(nc)
	l.loop = new(loop)
	t.Cleanup(func() { l.Close(); peer.Close() })
	return l, peer
}

func mustTake(t *testing.T, l *link) (fd int) {
	t.Helper()
	if !l.take(&fd) {
		t.Fatal("the socket does not come to rest")
	}
	return fd
}

func mustEcho(t *testing.T, l *link, peer net.Conn) {
	t.Helper()
	b := []byte("there and back")
	if _, err := l.Write(b); err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(peer, peer, int64(len(b))); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(b))
	if _, err := io.ReadFull(l, got); err != nil || string(got) != string(b) {
		t.Fatalf("%q, %v", got, err)
	}
}

// Wherever the socket is, it is the same one, with its options, and it is closed by
// one Close.
func TestLinkChangesHands(t *testing.T) {
	for _, network := range []string{"tcp", "unix"} {
		for rounds := range 4 {
			addr := "127.0.0.1:0"
			if network == "unix" {
				addr = filepath.Join(t.TempDir(), "s")
			}
			l, peer := linked(t, network, addr)
			for range rounds {
				mustEcho(t, l, peer)
				if fd := mustTake(t, l); l.polled != nil || fd != mustTake(t, l) {
					t.Fatal("it is not at rest, or moves there")
				}
				if info, ok := readTCPInfo(l); ok != (network == "tcp") || ok && info.mss == 0 {
					t.Fatalf("at rest: %v, %+v", ok, info)
				}
			}
			if l.LocalAddr().Network() != network || rounds > 0 != (l.polled == nil) {
				t.Fatalf("%v, %v", l.LocalAddr(), l.polled)
			}
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			if n, err := peer.Read(make([]byte, 1)); err != io.EOF { // a duplicate would keep it open
				t.Errorf("%s after %d rounds: the peer reads %d bytes, %v", network, rounds, n, err)
			}
			if err := l.Close(); !errors.Is(err, net.ErrClosed) {
				t.Errorf("closed twice: %v", err)
			}
			if control(l, func(int) {}) || l.take(new(int)) {
				t.Error("closed, it can be asked or taken")
			}
			if _, err := l.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
				t.Errorf("closed, it is read: %v", err)
			}
		}
	}
}

// Nagle's algorithm is off or on after the way as before: package net turns it off
// wherever it makes a connection.
func TestLinkKeepsNagle(t *testing.T) {
	for _, nodelay := range []bool{false, true} {
		l, peer := linked(t, "tcp", "127.0.0.1:0")
		if err := l.polled.(*net.TCPConn).SetNoDelay(nodelay); err != nil {
			t.Fatal(err)
		}
		mustTake(t, l)
		mustEcho(t, l, peer)
		control(l, func(fd int) {
			if v, err := unix.GetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY); err != nil || v != 0 != nodelay {
				t.Errorf("TCP_NODELAY %d, %v, want %v", v, err, nodelay)
			}
		})
		l.Close()
	}
}

// A deadline holds whenever it was set, and who has one does not go to the loop.
func TestLinkKeepsItsDeadline(t *testing.T) {
	past := time.Unix(1, 0)
	for name, set := range map[string]func(*link){
		"before": func(l *link) { l.SetDeadline(past) },
		"at rest": func(l *link) {
			mustTake(t, l)
			l.SetDeadline(past)
		},
		"between": func(l *link) {
			mustTake(t, l)
			l.SetDeadline(past)
			if p := l.visit(&exchanger{}); p.done {
				t.Error("it has been there")
			}
		},
	} {
		l, peer := linked(t, "tcp", "127.0.0.1:0")
		set(l)
		if l.take(new(int)) {
			t.Errorf("%s: it goes to the loop", name)
		}
		if _, err := l.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: a read says %v", name, err)
		}
		if err := l.SetDeadline(time.Time{}); err != nil {
			t.Fatal(err)
		}
		mustEcho(t, l, peer)
		mustTake(t, l)
	}
}

// Where no descriptor is left the socket stays where it is, there are no loops, and
// nothing is lost.
func TestLoopsWithoutDescriptors(t *testing.T) {
	l, peer := linked(t, "tcp", "127.0.0.1:0")
	c, cod, err := Config{Workload: Echo, Addr: "127.0.0.1:1", Messages: 1, Conns: 2}.Resolve()
	if err != nil {
		t.Fatal(err)
	}
	nc := l.polled.(net.Conn)
	conns := []session{{nc: nc}, {nc: peer}}
	exhausted(t, func() {
		if l.take(new(int)) {
			t.Error("it came to rest")
		}
		if ls := startLoops(&c, cod, conns, newPage(&c)); ls != nil || conns[0].nc != nc {
			t.Error("there are loops")
		}
	})
	mustEcho(t, l, peer)
	mustTake(t, l)
	exhausted(t, func() { // the way home needs none
		mustEcho(t, l, peer)
	})
	open := descriptors(t)
	ls := startLoops(&c, cod, conns, newPage(&c))
	if ls == nil {
		t.Fatal("there are no loops")
	}
	ls.stop()
	if conns[0].nc.(*link).loop == nil || conns[1].nc.(*link).polled != nil {
		t.Error("they are no links at rest")
	}
	if n := descriptors(t); n > open { // others may just be closed
		t.Errorf("%d descriptors, %d before the loops", n, open)
	}
}

// exhausted calls do while no descriptor can be had.
func exhausted(t *testing.T, do func()) {
	t.Helper()
	var was unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &was); err != nil {
		t.Fatal(err)
	}
	less := was
	less.Cur = 256 // more than this process has; all others are taken
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &less); err != nil {
		t.Fatal(err)
	}
	var taken []int
	defer func() {
		for _, fd := range taken {
			unix.Close(fd)
		}
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &was); err != nil {
			t.Fatal(err)
		}
	}()
	for {
		fd, err := unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err == unix.EMFILE {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		taken = append(taken, fd)
	}
	do()
}

func descriptors(t *testing.T) int {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}
