//go:build unix

package nowait

import (
	"bytes"
	"errors"
	"testing"

	"golang.org/x/sys/unix"
)

func pair(t *testing.T) (a, b int) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range fds {
		t.Cleanup(func() { unix.Close(fd) })
		if err := unix.SetNonblock(fd, true); err != nil {
			t.Fatal(err)
		}
	}
	return fds[0], fds[1]
}

// What is written comes; nothing there, no room, the end and a closed peer are
// told as the system tells them, and never by a count below 0.
func TestReadAndWrite(t *testing.T) {
	a, b := pair(t)
	buf := make([]byte, 1<<16)
	if n, err := Read(b, buf); n != 0 || err != unix.EAGAIN {
		t.Fatalf("nothing there: %d, %v", n, err)
	}
	sent := []byte("there and back")
	if n, err := Write(a, sent); n != len(sent) || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	if n, err := Write(a, nil); n != 0 || err != nil {
		t.Fatalf("nothing: %d, %v", n, err)
	}
	if n, err := Read(b, buf); err != nil || !bytes.Equal(buf[:n], sent) {
		t.Fatalf("%q, %v", buf[:n], err)
	}
	for {
		n, err := Write(a, buf)
		if err == unix.EAGAIN && n == 0 {
			break
		}
		if err != nil || n <= 0 {
			t.Fatalf("until it is full: %d, %v", n, err)
		}
	}
	if err := unix.Shutdown(a, unix.SHUT_WR); err != nil {
		t.Fatal(err)
	}
	for {
		n, err := Read(b, buf)
		if err != nil || n < 0 {
			t.Fatalf("until the end: %d, %v", n, err)
		}
		if n == 0 {
			break
		}
	}
	if n, err := Write(a, sent); n != 0 || !errors.Is(err, unix.EPIPE) {
		t.Fatalf("after the end: %d, %v", n, err)
	}
}
