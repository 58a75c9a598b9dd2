package server_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/loadframe/loadframe/internal/pattern"
	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// A file comes whole and byte for byte in every kind of framing, and the
// commands behind it are answered.
func TestDownload(t *testing.T) {
	root := t.TempDir()
	const size = 9_000_001
	content := make([]byte, size)
	pattern.Seeded(5).ReadAt(content, 0)
	if err := os.WriteFile(filepath.Join(root, "big file.bin"), content, 0o644); err != nil {
		t.Fatal(err)
	}
	s := servertest.Start(t, server.Config{Root: root})
	header := fmt.Sprintf("Sending big file.bin size: SpLiT%d", size)
	t.Run("text", func(t *testing.T) {
		c := dial(t, s.Addr)
		send(t, c, "dl big file.bin\ndl big file.bin\nSYN\n")
		for range 2 {
			expect(t, c, header)
			expect(t, c, string(content))
		}
		expect(t, c, "ACK!")
	})
	for _, framing := range []string{"u32", "u16", "u8", "u16:max=1000", "length:width=3,adjust=2,trailer=0d0a"} {
		t.Run(framing, func(t *testing.T) {
			c := open(t, s.Addr, "framing="+framing+" handler=command")
			in := bufio.NewReaderSize(c, 1<<20)
			width := map[string]int{"u8": 1, "u16": 2, "u16:max=1000": 2, "u32": 4, "length:width=3,adjust=2,trailer=0d0a": 3}[framing]
			frame := func(payload string) string {
				head := binary.BigEndian.AppendUint32(nil, uint32(len(payload)))
				return string(head[4-width:]) + payload
			}
			trailer := ""
			if width == 3 {
				trailer = "\r\n"
			}
			send(t, c, frame("dl big file.bin")+trailer+frame("SYN")+trailer)
			read := func() string {
				head := make([]byte, 4)
				if _, err := io.ReadFull(in, head[4-width:]); err != nil {
					t.Fatal(err)
				}
				b := make([]byte, int(binary.BigEndian.Uint32(head))+len(trailer))
				if _, err := io.ReadFull(in, b); err != nil {
					t.Fatal(err)
				}
				if !bytes.HasSuffix(b, []byte(trailer)) {
					t.Fatalf("frame ends with %q", b[len(b)-2:])
				}
				return string(b[:len(b)-len(trailer)])
			}
			if got := read(); got != header {
				t.Fatalf("header %q", got)
			}
			var got bytes.Buffer
			for got.Len() < size {
				got.WriteString(read())
			}
			if !bytes.Equal(got.Bytes(), content) {
				t.Errorf("%d bytes that differ from the %d of the file", got.Len(), size)
			}
			if ack := read(); ack != "ACK!" {
				t.Errorf("after the file: %q", ack)
			}
		})
	}
}

// Small frames of a file go out many together: one by one a file in frames of 255
// bytes would cost two system calls and two segments for each.
func TestDownloadGathersSmallFrames(t *testing.T) {
	root := t.TempDir()
	const size = 1_000_000
	os.WriteFile(filepath.Join(root, "f"), make([]byte, size), 0o644)
	s := servertest.Start(t, server.Config{Root: root})
	for framing, head := range map[string]int{"u8": 1, "u16:max=1000": 2} {
		frame := map[int]int{1: 255, 2: 1000}[head]
		c := open(t, s.Addr, "framing="+framing+" handler=command")
		before := s.Stats().Writes
		send(t, c, strings.Repeat("\x00", head-1)+"\x04dl f")
		header := len("Sending f size: SpLiT1000000")
		wire := int64(head + header + size + head*((size+frame-1)/frame))
		if n, err := io.Copy(io.Discard, io.LimitReader(c, wire)); n != wire {
			t.Fatalf("%s: %d bytes of %d, %v", framing, n, wire, err)
		}
		if n := s.Stats().Writes - before; n > size/10_000 {
			t.Errorf("%s: %d writes for %d bytes", framing, n, size)
		}
	}
}

// The header comes in a segment of its own under text: a client that takes what
// one read returns for the header keeps every byte.
func TestDownloadHeaderAlone(t *testing.T) {
	root := t.TempDir()
	os.WriteFile(filepath.Join(root, "f"), []byte("content"), 0o644)
	s := servertest.Start(t, server.Config{Root: root})
	const header, content = "Sending f size: SpLiT7", "content"
	alone := false
	// A machine that lets this test sleep for 20 ms joins the two, so it may try
	// a few times. Sent together they are joined every time.
	for try := 0; try < 50 && !alone; try++ {
		c := dial(t, s.Addr)
		send(t, c, "dl f")
		first := recv(t, c, 1024)
		if alone = first == header; !strings.HasPrefix(header+content, first) {
			t.Fatalf("first read: %q", first)
		}
		expect(t, c, (header + content)[len(first):])
	}
	if !alone {
		t.Error("header and file always came in one read")
	}
}

// A file that is changed while it is sent: what was promised is sent, no more,
// and if it cannot be, the connection ends.
func TestDownloadOfAChangingFile(t *testing.T) {
	const size = 64 << 20 // more than the sockets take
	for _, tc := range []struct {
		name string
		to   int64
	}{{"shrinks", 1000}, {"grows", 2 * size}} {
		t.Run(tc.name, func(t *testing.T) {
			root := t.TempDir()
			name := filepath.Join(root, "f")
			if err := os.WriteFile(name, nil, 0o644); err != nil {
				t.Fatal(err)
			}
			if err := os.Truncate(name, size); err != nil {
				t.Fatal(err)
			}
			l := new(logged)
			cfg := l.config()
			cfg.Root = root
			s := servertest.Start(t, cfg)
			c := dial(t, s.Addr)
			send(t, c, "dl f\n")
			expect(t, c, fmt.Sprintf("Sending f size: SpLiT%d", size))
			expect(t, c, "\x00") // it is being sent
			if err := os.Truncate(name, tc.to); err != nil {
				t.Fatal(err)
			}
			if tc.to < size {
				n, err := io.Copy(io.Discard, c)
				if n >= size-1 {
					t.Errorf("%d bytes more, %v: the file had fewer", n, err)
				}
				reason, _ := l.closed(t, c)["reason"].(string)
				if !strings.HasPrefix(reason, "file "+name+": unexpected EOF at byte ") || !strings.HasSuffix(reason, ": it has shrunk since it was promised") {
					t.Errorf("the log's reason is %q", reason)
				}
				return
			}
			send(t, c, "SYN")
			expect(t, c, strings.Repeat("\x00", size-1)+"ACK!")
		})
	}
}

// Descriptors of files are closed, whoever breaks off.
func TestDownloadsLeaveNoDescriptor(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // a collection closes files too
	root := t.TempDir()
	name := filepath.Join(root, "f")
	os.WriteFile(name, nil, 0o644)
	os.Truncate(name, 1<<30)
	s := servertest.Start(t, server.Config{Root: root})
	open := func() (n int) {
		fds, _ := os.ReadDir("/proc/self/fd")
		for _, e := range fds {
			if to, _ := os.Readlink("/proc/self/fd/" + e.Name()); to == name {
				n++
			}
		}
		return n
	}
	var conns []net.Conn
	for range 20 {
		c := dial(t, s.Addr)
		send(t, c, "dl f\n")
		expect(t, c, "Sending f size: SpLiT1073741824\x00")
		conns = append(conns, c)
	}
	if open() != 20 {
		t.Errorf("%d files open, want 20", open())
	}
	for _, c := range conns {
		c.Close()
	}
	eventually(t, "files closed", func() bool { return open() == 0 })
}
