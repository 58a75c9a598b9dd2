package server_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// socketDir is a directory whose path is short enough for a socket in it.
func socketDir(tb testing.TB) string {
	tb.Helper()
	dir, err := os.MkdirTemp("", "lf")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func listenUnix(path string) server.Config {
	return server.Config{Listen: []server.Listener{{Network: "unix", Address: path}}}
}

// All that works over TCP works over a unix socket: the loop, the lane and back,
// half-close.
func TestUnixSocket(t *testing.T) {
	path := filepath.Join(socketDir(t), "s")
	l, err := server.ParseListener("unix://" + path + "?mode=0600")
	if err != nil {
		t.Fatal(err)
	}
	s := servertest.Start(t, server.Config{Listen: []server.Listener{l}, Limits: server.Limits{MaxConnsPerAddr: 1}})
	if want := []string{"unix " + path + " framing=auto handler=command"}; s.Listening()[0] != want[0] {
		t.Errorf("listening %q, want %q", s.Listening(), want)
	}
	if i, err := os.Stat(path); err != nil || i.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", i.Mode(), err)
	}
	for range 2 { // one address has many of them
		nc, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		if got, ok := served(nc); !ok {
			t.Fatalf("%q", got)
		}
		for i := range int64(2) {
			before := s.Stats().GiveBacks
			send(t, nc, "5000000\n")
			expect(t, nc, "file_prepared"+strings.Repeat("A", 5_000_000))
			eventually(t, fmt.Sprint("back on the loop ", i), func() bool { return s.Stats().GiveBacks > before })
		}
		send(t, nc, "123456")
		nc.(*net.UnixConn).CloseWrite()
		expect(t, nc, "file_prepared"+strings.Repeat("A", 123456))
		expectEOF(t, nc)
	}
}

// What is at the path of a socket is not ours: a directory with files, a file,
// a link, a pipe, and a socket that somebody listens to.
func TestAttackUnixPath(t *testing.T) {
	dir := socketDir(t)
	at := func(name string) string { return filepath.Join(dir, name) }
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.Mkdir(at("dir"), 0o755))
	must(os.WriteFile(at("dir/precious"), []byte("data"), 0o644))
	must(os.WriteFile(at("file"), []byte("data"), 0o644))
	must(os.Symlink(at("file"), at("link")))
	must(syscall.Mkfifo(at("pipe"), 0o644))
	live, err := net.Listen("unix", at("live"))
	must(err)
	defer live.Close()
	go func() {
		for {
			if c, err := live.Accept(); err == nil {
				c.Close()
			} else {
				return
			}
		}
	}()
	for name, want := range map[string]string{
		"dir": "a directory", "file": "a file", "link": "a symbolic link", "pipe": "a special file", "live": "in use",
		"missing/s": "no such file", strings.Repeat("x", 120): "limit 107",
	} {
		before, _ := os.Lstat(at(name))
		_, err := server.Start(listenUnix(at(name)))
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), at(name)) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
		if after, err := os.Lstat(at(name)); before != nil && (err != nil || !os.SameFile(before, after)) {
			t.Errorf("%s was touched: %v", name, err)
		}
	}
	for _, file := range []string{"dir/precious", "file"} {
		if b, err := os.ReadFile(at(file)); string(b) != "data" {
			t.Errorf("%s: %q, %v", file, b, err)
		}
	}
	if c, err := net.Dial("unix", at("live")); err != nil {
		t.Errorf("the other server: %v", err)
	} else {
		c.Close()
	}
}

// A socket of another user is left alone, although nobody listens and we may
// remove it.
func TestAttackUnixPathOfAnotherUser(t *testing.T) {
	path := filepath.Join(socketDir(t), "s")
	stale(t, path)
	if err := os.Lchown(path, 12345, -1); err != nil {
		t.Skip("cannot give a file away: ", err)
	}
	if _, err := server.Start(listenUnix(path)); err == nil || !strings.Contains(err.Error(), "belongs to user 12345") {
		t.Errorf("%v", err)
	}
	if _, err := os.Lstat(path); err != nil {
		t.Error(err)
	}
}

// stale leaves a socket that nobody listens to.
func stale(tb testing.TB, path string) {
	tb.Helper()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path})
	if err != nil {
		tb.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
}

// A stale socket is replaced, and ours removed at the end, unless somebody has
// put another in its place.
func TestUnixSocketStaleAndRemoved(t *testing.T) {
	path := filepath.Join(socketDir(t), "s")
	stale(t, path)
	for _, replaced := range []bool{false, true} {
		s, err := server.Start(listenUnix(path))
		if err != nil {
			t.Fatal(err)
		}
		c, err := net.DialTimeout("unix", path, time.Second)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := served(c); !ok {
			t.Errorf("%q", got)
		}
		c.Close()
		if replaced {
			os.Remove(path)
			stale(t, path)
		}
		if err := s.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if _, err := os.Lstat(path); (err == nil) != replaced {
			t.Errorf("replaced %t: %v", replaced, err)
		}
	}
}

func TestParseUnixListener(t *testing.T) {
	for url, want := range map[string]string{
		"unix://relative/s":             "want unix:///path",
		"unix://":                       "want unix:///path",
		"unix:///s?mode=0999":           "mode=0999",
		"unix:///s?mode=0":              "mode=0",
		"unix:///s?mod=0600":            "framing, handler, mode",
		"tcp://127.0.0.1:0?mode=0600":   "framing, handler",
		"unix:///s?framing=bogus":       "bogus",
		"unix:///a%00b?framing=u32":     "want unix:///path",
		"unix:///s?mode=600&mode=666":   "mode is given twice",
		"unix:///s?framing=u16&mode=77": "",
	} {
		_, err := server.ParseListener(url)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", url, err, want)
		}
	}
}

// Addresses of all kinds, each with several loops and a port of the system's.
func TestAddresses(t *testing.T) {
	for _, tc := range []struct{ network, address, dial string }{
		{"tcp", "127.0.0.1:0", "127.0.0.1"}, {"tcp", "0.0.0.0:0", "127.0.0.1"}, {"tcp4", ":0", "127.0.0.1"}, {"tcp", ":0", "127.0.0.1"},
		{"tcp", "[::1]:0", "::1"}, {"tcp6", "[::1]:0", "::1"}, {"tcp", "[::]:0", "::1"}, {"tcp", "[::]:0", "127.0.0.1"}, {"tcp", "localhost:0", "localhost"},
	} {
		t.Run(tc.network+" "+tc.address+" "+tc.dial, func(t *testing.T) {
			if strings.Contains(tc.address+tc.dial, "::") {
				l, err := net.Listen("tcp6", "[::1]:0")
				if err != nil {
					t.Skip("no IPv6: ", err)
				}
				l.Close()
			}
			s := servertest.Start(t, server.Config{Loops: 4, Listen: []server.Listener{{Network: tc.network, Address: tc.address}}})
			_, port, err := net.SplitHostPort(s.Addr)
			if err != nil || port == "0" {
				t.Fatalf("%q, %v", s.Addr, err)
			}
			for range 20 {
				c := dial(t, net.JoinHostPort(tc.dial, port))
				if got, ok := served(c); !ok {
					t.Errorf("%q", got)
				}
				c.Close()
			}
			if _, err := server.Start(server.Config{Listen: []server.Listener{{Network: tc.network, Address: s.Addr}}}); err == nil || !strings.Contains(err.Error(), "in use") {
				t.Errorf("second server: %v", err)
			}
		})
	}
}
