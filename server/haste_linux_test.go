package server

import (
	"net"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// A fast reader's unix socket holds more, and one that is slow again as much as
// before: a thousand that stall must not each keep what one proved to drain.
func TestHasteOfUnixSocket(t *testing.T) {
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	nc, err := net.Dial("unix", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	buffer := func() (n int) {
		if err := control(nc, func(fd int) { n, err = unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUF) }); err != nil {
			t.Fatal(err)
		}
		return n
	}
	usual := buffer()
	var h haste
	h.wrote(nc, hasteProof, 2*hasteTime)
	if buffer() != usual {
		t.Errorf("unproved: SO_SNDBUF %d, want %d", buffer(), usual)
	}
	h.wrote(nc, hasteProof, hasteTime)
	if !h.lifted || buffer() <= usual {
		t.Errorf("proved: SO_SNDBUF %d, it was %d", buffer(), usual)
	}
	h.wrote(nc, 1, slowTime)
	if h.lifted || buffer() != usual {
		t.Errorf("slow again: SO_SNDBUF %d, want %d", buffer(), usual)
	}
	h.wrote(nc, hasteProof, hasteTime)
	h.bound(nc)
	if h.lifted || buffer() != usual {
		t.Errorf("back to the loop: SO_SNDBUF %d, want %d", buffer(), usual)
	}
	// What is large already is left as it is.
	setSendBuffer(nc, 2*unixBuffer)
	large := buffer()
	h.wrote(nc, hasteProof, hasteTime)
	if buffer() < large {
		t.Errorf("SO_SNDBUF %d, it was %d", buffer(), large)
	}
}
