package server

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A file system that hangs holds as many connections as it may, and no loop.
func TestFileSystemThatHangs(t *testing.T) {
	s, err := Start(Config{Listen: []Listener{{Network: "tcp", Address: "127.0.0.1:0"}}, Loops: 1, Root: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Shutdown(context.Background()) })
	dial := func(send string) net.Conn {
		c, err := net.Dial("tcp", s.Addrs()[0].String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		if _, err := io.WriteString(c, send); err != nil {
			t.Fatal(err)
		}
		return c
	}
	for range rootPlaces {
		s.root.places <- struct{}{}
	}
	c := dial("ls\n")
	other := dial("SYN\n")
	_ = other.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.ReadFull(other, make([]byte, 4)); err != nil {
		t.Errorf("another connection: %v", err)
	}
	answer := make([]byte, len("Current"))
	_ = c.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	if n, err := c.Read(answer); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("asked the file system beside %d others: %q, %v", rootPlaces, answer[:n], err)
	}
	<-s.root.places
	_ = c.SetReadDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.ReadFull(c, answer); err != nil || string(answer) != "Current" {
		t.Errorf("with a place free again: %q, %v", answer, err)
	}
	s.root.places <- struct{}{}
	// Nor is a server that stops held by who waits for a place.
	dial("ls\n")
	for s.Stats().Lanes == 0 {
		time.Sleep(time.Millisecond) // polls a state
	}
	ended := make(chan error, 1)
	soon, cancel := context.WithCancel(t.Context())
	cancel()
	go func() { ended <- s.Shutdown(soon) }()
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		t.Error("the server waits for the file system")
		<-s.root.places
	}
}

// What a name means, whatever a peer thinks of.
func TestResolve(t *testing.T) {
	for _, tc := range []struct{ cwd, name, want string }{
		{"/", "a", "/a"}, {"/", "..", "/"}, {"/", "../..", "/"}, {"/a/b", "..", "/a"}, {"/a", "/b", "/b"}, {"/a", "../../../b", "/b"},
		{"/a", "", "/a"}, {"/", "/../etc", "/etc"}, {"/a", "./b/", "/a/b"}, {"/a", "b c", "/a/b c"}, {"/a", "/", "/"},
	} {
		if got := resolve(tc.cwd, tc.name); got != tc.want {
			t.Errorf("%q in %s is %s, want %s", tc.name, tc.cwd, got, tc.want)
		}
	}
}

// A file that becomes a FIFO between the look at it and its opening does not
// block, and is not sent: O_NONBLOCK, and the second look.
func TestFIFOInTheGap(t *testing.T) {
	dir := t.TempDir()
	r, err := openRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	name := filepath.Join(dir, "f")
	stop := make(chan struct{})
	swapped := make(chan struct{})
	go func() {
		defer close(swapped)
		for {
			select {
			case <-stop:
				return
			default:
			}
			_ = os.Remove(name)
			_ = os.WriteFile(name, []byte("x"), 0o600)
			_ = os.Remove(name)
			_ = unix.Mkfifo(name, 0o600)
		}
	}()
	files := 0
	for until := time.Now().Add(300 * time.Millisecond); time.Now().Before(until); {
		f, _, err := r.file("/f")
		if err != nil {
			continue
		}
		if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
			t.Fatalf("opened %v, %v", info, err)
		}
		files++
		f.Close()
	}
	close(stop)
	<-swapped
	t.Logf("%d regular files opened meanwhile", files)
}
