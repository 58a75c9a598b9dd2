package server_test

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

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

const rootListing = "Current Working Directory: /\n\nFolders: \n\nlink\nsub\ntwo words\nFiles: \n\n" +
	`\x1b[31mred\x0aname\x9b` + "\na b.txt\ndelimiter\nempty\nnoext\n"

func TestFiles(t *testing.T) {
	s := servertest.Start(t, server.Config{Root: tree(t)})
	c := open(t, s.Addr, "framing=u32 handler=command")
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
	other := open(t, s.Addr, "framing=u32 handler=command")
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
	c := open(t, s.Addr, "framing=u32 handler=command")
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
	c := open(t, s.Addr, "framing=u32 handler=command")
	for _, name := range []string{"null", "zero", "tty", "urandom", "fd/0", "stdin", "pts/ptmx"} {
		if got := askFile(t, c, "dl "+name); got != "Invalid File!" {
			t.Errorf("dl %s: got %.200q", name, got)
		}
	}
}

// Without a root the three words are words.
func TestFilesWithoutRoot(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	c := open(t, s.Addr, "framing=u32 handler=command")
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
