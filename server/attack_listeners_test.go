package server_test

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// As many listeners as somebody likes, of all kinds, are served by a few loops,
// each does what it should, and none of them is left at the end.
func TestAttackManyListeners(t *testing.T) {
	dir := socketDir(t)
	var cfg server.Config
	cfg.Loops = 2
	for i := range 64 {
		switch i % 3 {
		case 0:
			cfg.Listen = append(cfg.Listen, server.Listener{Network: "tcp", Address: "127.0.0.1:0"})
		case 1:
			cfg.Listen = append(cfg.Listen, server.Listener{Network: "unix", Address: filepath.Join(dir, strconv.Itoa(i))})
		case 2:
			cfg.Listen = append(cfg.Listen, server.Listener{Network: "udp", Address: "127.0.0.1:0"})
		}
	}
	s, err := server.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for i, addr := range s.Addrs() {
		c, err := net.Dial(addr.Network(), addr.String())
		if err != nil {
			t.Fatalf("listener %d: %v", i, err)
		}
		defer c.Close()
		if cfg.Listen[i].IsUDP() {
			send(t, c, "SYN")
			expectDatagram(t, c.(*net.UDPConn), "ACK!")
		} else if got, ok := served(c); !ok {
			t.Errorf("listener %d: %q", i, got)
		}
	}
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	for i, addr := range s.Addrs() {
		if l := cfg.Listen[i]; l.IsUDP() {
			continue
		} else if c, err := net.Dial(addr.Network(), addr.String()); err == nil {
			c.Close()
			t.Errorf("listener %d still takes connections", i)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("%d socket files are left", len(left))
	}
	// One address of many that cannot be had: no other is left listening.
	taken := servertest.Start(t, server.Config{})
	cfg.Listen = append(cfg.Listen, server.Listener{Network: "tcp", Address: taken.Addr})
	if s, err := server.Start(cfg); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("%v, %v", s, err)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("%d socket files are left by a server that did not start", len(left))
	}
}

// The path of a socket is anybody's who may write to its directory: connections
// that are there are served on while it is replaced, or its directory goes, and
// the end touches nothing that is not ours.
func TestAttackUnixPathWhileServing(t *testing.T) {
	for name, attack := range map[string]func(dir, path string) error{
		"replaced by a file": func(_, path string) error {
			return errors.Join(os.Remove(path), os.WriteFile(path, []byte("data"), 0o600))
		},
		"replaced by a directory": func(_, path string) error {
			return errors.Join(os.Remove(path), os.Mkdir(path, 0o700), os.WriteFile(filepath.Join(path, "precious"), []byte("data"), 0o600))
		},
		"the directory vanishes": func(dir, _ string) error { return os.RemoveAll(dir) },
		"the directory is another one": func(dir, path string) error {
			return errors.Join(os.Rename(dir, dir+".old"), os.Mkdir(dir, 0o700), os.WriteFile(path, []byte("data"), 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(socketDir(t), "d")
			path := filepath.Join(dir, "s")
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			s, err := server.Start(listenUnix(path))
			if err != nil {
				t.Fatal(err)
			}
			c, err := net.Dial("unix", path)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if got, ok := served(c); !ok {
				t.Fatalf("%q", got)
			}
			if err := attack(dir, path); err != nil {
				t.Fatal(err)
			}
			before, there := os.Lstat(path)
			for range 2 { // on the loop, on the lane, and again
				send(t, c, "5000000\n")
				expect(t, c, "file_prepared"+strings.Repeat("A", 5_000_000))
				if got, ok := served(c); !ok {
					t.Errorf("%q", got)
				}
			}
			c.Close()
			if err := s.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
			if after, err := os.Lstat(path); there == nil && (err != nil || !os.SameFile(before, after)) {
				t.Errorf("what is at the path now was touched: %v", err)
			} else if there != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%v", err)
			}
		})
	}
}
