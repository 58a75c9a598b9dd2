package server_test

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// A listing of a huge directory is bounded, says so, and keeps no loop from
// serving others.
func TestHugeDirectory(t *testing.T) {
	root := t.TempDir()
	const entries = 45_000 // their names are over 1 MiB
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for i := range entries { // all of one file: to make and to remove so many takes twice as long
		if err := unix.Link(file, filepath.Join(root, fmt.Sprintf("%020d.txt", i))); err != nil {
			t.Fatal(err)
		}
	}
	s := servertest.Start(t, server.Config{Root: root, Loops: 1})
	c, other := open(t, s.Addr, "framing=u32 handler=command"), dial(t, s.Addr)
	send(t, c, "\x00\x00\x00\x02ls")
	for range 20 {
		send(t, other, "SYN\n")
		expect(t, other, "ACK!")
	}
	got := string(readFrame(t, c))
	if len(got) > 1<<20+200 || !strings.HasSuffix(got, "\nThere is more: names over 1048576 bytes are left out.\n") {
		t.Errorf("%d bytes that end with %q", len(got), got[max(0, len(got)-80):])
	}
	if n := strings.Count(got, ".txt\n"); n != 1<<20/25 {
		t.Errorf("%d names, want %d", n, 1<<20/25)
	}
	small := open(t, s.Addr, "framing=u16:max=600 handler=command")
	send(t, small, "\x00\x02ls")
	head := make([]byte, 2)
	io.ReadFull(small, head)
	if n := binary.BigEndian.Uint16(head); n > 600 || n < 300 {
		t.Errorf("listing of %d bytes in frames of at most 600", n)
	}
}
