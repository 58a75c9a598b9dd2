package server_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/pattern"
	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// tree makes a root with what it should serve and what it must not, beside a
// secret outside.
func tree(t *testing.T) (root string) {
	t.Helper()
	top := t.TempDir()
	root = filepath.Join(top, "root")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.MkdirAll(filepath.Join(root, "sub", "dot.dir"), 0o755))
	must(os.MkdirAll(filepath.Join(root, "two words"), 0o755))
	for name, content := range map[string]string{
		"../secret": "top secret", "noext": "no extension", "a b.txt": "blanks", "empty": "", ".hidden": "h", "sub/inner": "within",
		"delimiter": "before 929Z after", "\x1b[31mred\nname\x9b": "escape",
	} {
		must(os.WriteFile(filepath.Join(root, name), []byte(content), 0o644))
	}
	must(os.Symlink("../secret", filepath.Join(root, "out")))
	must(os.Symlink(filepath.Join(top, "secret"), filepath.Join(root, "out-absolute")))
	must(os.Symlink("..", filepath.Join(root, "out-dir")))
	must(os.Symlink("/", filepath.Join(root, "out-root")))
	must(os.Symlink("sub", filepath.Join(root, "link")))
	must(os.Symlink("loop", filepath.Join(root, "loop")))
	must(unix.Mkfifo(filepath.Join(root, "fifo"), 0o644))
	l, err := net.Listen("unix", filepath.Join(root, "socket"))
	must(err)
	t.Cleanup(func() { l.Close() })
	return root
}

// askFile sends a command as a frame of u32 and returns the frames of the answer,
// as they come until the next answer, to another command.
func askFile(t *testing.T, c net.Conn, command string) string {
	t.Helper()
	send(t, c, string(binary.BigEndian.AppendUint32(nil, uint32(len(command))))+command)
	return string(readFrame(t, c))
}

func readFrame(t *testing.T, c net.Conn) []byte {
	t.Helper()
	head := make([]byte, 4)
	if _, err := io.ReadFull(c, head); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, binary.BigEndian.Uint32(head))
	if _, err := io.ReadFull(c, b); err != nil {
		t.Fatal(err)
	}
	return b
}

// session opens a session of the command handler.
func session(t *testing.T, addr, framing string) *net.TCPConn {
	t.Helper()
	c := dial(t, addr)
	send(t, c, "LOADFRAME/1 framing="+framing+" handler=command\n")
	if line, err := readLine(c); err != nil || !strings.HasPrefix(line, "OK") {
		t.Fatal(line, err)
	}
	return c
}

const rootListing = "Current Working Directory: /\n\nFolders: \n\nlink\nsub\ntwo words\nFiles: \n\n" +
	`\x1b[31mred\x0aname\x9b` + "\na b.txt\ndelimiter\nempty\nnoext\n"

func TestFiles(t *testing.T) {
	s := servertest.Start(t, server.Config{Root: tree(t)})
	c := session(t, s.Addr, "u32")
	const moved = "The new current working directory on the server is: "
	for _, tc := range []struct{ command, want string }{
		{"ls", rootListing},
		{"chdir", "Not a recognised directory."},
		{"chdir nowhere", "Invalid Path!"},
		{"chdir noext", "Invalid Path!"},
		{"chdir fifo", "Invalid Path!"},
		{"chdir two words", moved + "/two words"},
		{"ls", "Current Working Directory: /two words\n\nFolders: \n\nFiles: \n\n"},
		{"chdir ../sub", moved + "/sub"},
		{"ls", "Current Working Directory: /sub\n\nFolders: \n\ndot.dir\nFiles: \n\ninner\n"},
		{"chdir dot.dir", moved + "/sub/dot.dir"},
		{"dl /nothing", "Invalid File!"},
		{"chdir ../../../../..", moved + "/"},
		{"chdir /sub/../link", moved + "/link"},
		{"chdir /", moved + "/"},
		{"dl", "Invalid File!"},
		{"dl sub", "Invalid File!"},
		{"dl nothing", "Invalid File!"},
		{"list", "list"},
		{"ls ", rootListing}, // white space around a command is dropped
		{"ls -l", "ls -l"},
	} {
		if got := askFile(t, c, tc.command); got != tc.want {
			t.Fatalf("%s: got %q, want %q", tc.command, got, tc.want)
		}
	}
	// However small, it is found out away from the loop: a disk may be slow.
	if st := s.Stats(); st.LaneMoves == 0 {
		t.Error("the file system was asked on the loop")
	}
	// Each connection has a directory of its own.
	other := session(t, s.Addr, "u32")
	askFile(t, other, "chdir sub")
	if got := askFile(t, c, "ls"); got != rootListing {
		t.Errorf("another connection's chdir moved this one: %q", got)
	}
	for name, content := range map[string]string{
		"noext": "no extension", "a b.txt": "blanks", "./sub/inner": "within", "/link/inner": "within", "delimiter": "before 929Z after", ".hidden": "h",
	} {
		if got, want := askFile(t, c, "dl "+name), fmt.Sprintf("Sending %s size: SpLiT%d", name, len(content)); got != want {
			t.Errorf("dl %s: header %q, want %q", name, got, want)
		}
		if got := string(readFrame(t, c)); got != content {
			t.Errorf("dl %s: got %q, want %q", name, got, content)
		}
	}
	if got := askFile(t, c, "dl empty"); got != "Sending empty size: SpLiT0" {
		t.Errorf("empty file: %q", got)
	}
	if got := askFile(t, c, "SYN"); got != "ACK!" {
		t.Errorf("after it all: %q", got)
	}
}

// Nothing outside the root is sent or entered, and nothing that blocks is opened.
func TestFilesDoNotEscape(t *testing.T) {
	root := tree(t)
	s := servertest.Start(t, server.Config{Root: root})
	c := session(t, s.Addr, "u32")
	for _, name := range []string{
		"../secret", "/../secret", "sub/../../secret", "../../../../../../../../etc/passwd", "/etc/passwd", filepath.Join(filepath.Dir(root), "secret"),
		"out", "out-absolute", "out-dir/secret", "out-root/etc/passwd", "loop", "fifo", "socket", ".", "..", "/", "sub/", "sub\x00", strings.Repeat("a/", 400), strings.Repeat("a", 5000),
		"link/../../secret", "../root/noext", "out-dir/root/noext",
	} {
		if got := askFile(t, c, "dl "+name); got != "Invalid File!" {
			t.Errorf("dl %.80s: got %.200q", name, got)
		}
	}
	for _, name := range []string{"out-dir", "out-root", "out-dir/root", "out-root/etc", "/etc", "loop", "fifo", "socket"} {
		if got := askFile(t, c, "chdir "+name); got != "Invalid Path!" {
			t.Errorf("chdir %s: got %q", name, got)
		}
	}
}

// Devices are not opened: a root may have some.
func TestFilesDoNotOpenDevices(t *testing.T) {
	s := servertest.Start(t, server.Config{Root: "/dev"})
	c := session(t, s.Addr, "u32")
	for _, name := range []string{"null", "zero", "tty", "urandom", "fd/0", "stdin", "pts/ptmx"} {
		if got := askFile(t, c, "dl "+name); got != "Invalid File!" {
			t.Errorf("dl %s: got %.200q", name, got)
		}
	}
}

// Without a root the three words are words.
func TestFilesWithoutRoot(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	c := session(t, s.Addr, "u32")
	for _, word := range []string{"ls", "chdir /", "dl main.go"} {
		if got := askFile(t, c, word); got != word {
			t.Errorf("%s: got %q, want an echo", word, got)
		}
	}
}

func TestBadRoot(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	os.WriteFile(file, nil, 0o644)
	for _, dir := range []string{file, filepath.Join(file, "below"), "/nowhere/at/all"} {
		_, err := server.Start(server.Config{Listen: []server.Listener{{Network: "tcp", Address: "127.0.0.1:0"}}, Root: dir})
		if err == nil || !strings.Contains(err.Error(), "server: root: ") {
			t.Errorf("root %s: error %v", dir, err)
		}
	}
}

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
			c := session(t, s.Addr, framing)
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
		c := session(t, s.Addr, framing)
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
			s := servertest.Start(t, server.Config{Root: root})
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
				return
			}
			send(t, c, "SYN")
			expect(t, c, strings.Repeat("\x00", size-1)+"ACK!")
		})
	}
}

// A listing of a huge directory is bounded, says so, and keeps no loop from
// serving others.
func TestHugeDirectory(t *testing.T) {
	root := t.TempDir()
	const entries = 45_000 // their names are over 1 MiB
	for i := range entries {
		fd, err := unix.Open(filepath.Join(root, fmt.Sprintf("%020d.txt", i)), unix.O_CREAT|unix.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		unix.Close(fd)
	}
	s := servertest.Start(t, server.Config{Root: root, Loops: 1})
	c, other := session(t, s.Addr, "u32"), dial(t, s.Addr)
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
	small := session(t, s.Addr, "u16:max=600")
	send(t, small, "\x00\x02ls")
	head := make([]byte, 2)
	io.ReadFull(small, head)
	if n := binary.BigEndian.Uint16(head); n > 600 || n < 300 {
		t.Errorf("listing of %d bytes in frames of at most 600", n)
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

// A file that another one replaces while it is sent is sent to its end as it was,
// and one that is mostly holes arrives with every zero and every byte between.
func TestDownloadOfAReplacedSparseFile(t *testing.T) {
	const size, mark = 48 << 20, "not a hole" // more than the sockets take
	root := t.TempDir()
	name := filepath.Join(root, "f")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	marks := []int64{0, 1<<20 - 3, size / 2, size - int64(len(mark))}
	for _, at := range marks {
		if _, err := f.WriteAt([]byte(mark), at); err != nil {
			t.Fatal(err)
		}
	}
	want := make([]byte, size)
	for _, at := range marks {
		copy(want[at:], mark)
	}
	for _, framing := range []string{"", "u32", "netstring+crc32c"} {
		t.Run(framing, func(t *testing.T) {
			s := servertest.Start(t, server.Config{Root: root})
			c := dial(t, s.Addr)
			var from io.Reader = c
			head := fmt.Sprintf("Sending f size: SpLiT%d", size)
			if framing == "" {
				send(t, c, "dl f\n")
			} else {
				cod, err := codec.Parse(framing)
				if err != nil {
					t.Fatal(err)
				}
				c = session(t, s.Addr, framing)
				b, err := cod.Append(nil, []byte("dl f"))
				if err != nil {
					t.Fatal(err)
				}
				send(t, c, string(b))
				from = payloads(t, cod, c)
			}
			got := make([]byte, len(head)+1)
			if _, err := io.ReadFull(from, got); err != nil || string(got) != head+mark[:1] {
				t.Fatalf("%q, %v", got, err)
			}
			other := name + ".new"
			if err := errors.Join(os.WriteFile(other, []byte("another"), 0o600), os.Rename(name, name+".old"), os.Rename(other, name)); err != nil {
				t.Fatal(err)
			}
			rest := make([]byte, size-1)
			if n, err := io.ReadFull(from, rest); err != nil || !bytes.Equal(rest, want[1:]) {
				t.Errorf("%d bytes, %v, equal %t", n, err, bytes.Equal(rest, want[1:]))
			}
			if err := os.Rename(name+".old", name); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// payloads reads the payloads of frames, one after the other.
func payloads(t *testing.T, cod codec.Codec, from io.Reader) io.Reader {
	r, w := io.Pipe()
	t.Cleanup(func() { r.Close() })
	go func() {
		stream, chunk := codec.NewStream(cod), make([]byte, 64<<10)
		for {
			n, err := from.Read(chunk)
			for frame, bad := range stream.Feed(chunk[:n]) {
				if bad != nil {
					err = bad
					break
				}
				if _, bad := w.Write(frame); bad != nil {
					return
				}
			}
			if err != nil {
				w.CloseWithError(err)
				return
			}
		}
	}()
	return r
}
