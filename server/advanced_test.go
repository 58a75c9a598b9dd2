package server_test

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// A session of the older tool, with its commands in one piece, and byte by byte.
func TestAdvancedSession(t *testing.T) {
	root := t.TempDir()
	content := strings.Repeat("\x00 929Z \xff", 100_000) // the delimiter is content here
	os.WriteFile(filepath.Join(root, "a b.bin"), []byte(content), 0o644)
	os.Mkdir(filepath.Join(root, "sub.dir"), 0o755)
	os.WriteFile(filepath.Join(root, "with929Zin"), nil, 0o644)
	s := servertest.Start(t, server.Config{Root: root, Listen: []server.Listener{{Network: "tcp", Address: "127.0.0.1:0", Handler: "advanced"}}})
	if line := s.Listening()[0]; !strings.HasSuffix(line, " framing=delim:sep=3932395a handler=advanced") {
		t.Errorf("listening: %s", line)
	}
	const commands = "ls929Zchdir sub.dir929Zls929Zchdir ..929Zdl a b.bin929Zdl nothing929Zdl929Zhello929Z929ZLS929Zquit929Znot this929Z"
	answers := "Current Working Directory: /\n\nFolders: \n\nsub.dir\nFiles: \n\na b.bin\n929Z" +
		"The new current working directory on the server is: /sub.dir929Z" +
		"Current Working Directory: /sub.dir\n\nFolders: \n\nFiles: \n\n929Z" +
		"The new current working directory on the server is: /929Z" +
		"Sending a b.bin size: SpLiT800000929Z" + content +
		"Invalid File!929ZInvalid File!929Zhello929Z929ZLS929Z"
	for _, key := range []string{"bthDataComClientKey", "any nineteen bytes.", "929Z929Zxxxxxxxxxxx"} {
		c := dial(t, s.Addr)
		expect(t, c, server.ServerKey)
		send(t, c, key+commands)
		expect(t, c, answers)
		expectEOF(t, c)

		c = dial(t, s.Addr)
		expect(t, c, server.ServerKey)
		c.SetNoDelay(true)
		for _, b := range key + commands {
			send(t, c, string(b))
		}
		expect(t, c, answers)
		expectEOF(t, c)
	}
}

// The original client: it takes what one read returns for the header of a file,
// and the rest for the file.
func TestAdvancedHeaderAlone(t *testing.T) {
	root := t.TempDir()
	os.WriteFile(filepath.Join(root, "f"), []byte("content"), 0o644)
	s := servertest.Start(t, server.Config{Root: root, Listen: []server.Listener{{Network: "tcp", Address: "127.0.0.1:0", Handler: "advanced"}}})
	c := dial(t, s.Addr)
	expect(t, c, server.ServerKey)
	send(t, c, "bthDataComClientKey")
	for range 5 {
		send(t, c, "dl f929Z")
		expect(t, c, "Sending f size: SpLiT7929Zcontent")
	}
}

// tcpcliAdvanced.py, byte for byte: it takes 19 bytes for the server's key, sends
// its own, and reads an answer by recv(1024) until one ends with the delimiter. Of
// dl it takes what one recv returns for the header, and then so many bytes as that says.
func TestAdvancedClient(t *testing.T) {
	root := t.TempDir()
	content := strings.Repeat("\x00\xff929Z\r\n", 50_000)
	os.WriteFile(filepath.Join(root, "read me.txt"), []byte(content), 0o644)
	os.WriteFile(filepath.Join(root, "noext"), []byte("x"), 0o644)
	os.Mkdir(filepath.Join(root, "sub.dir"), 0o755)
	s := servertest.Start(t, server.Config{Root: root, Listen: []server.Listener{{Network: "tcp", Address: "127.0.0.1:0", Handler: "advanced"}}})
	const delimiter = "929Z"
	begin := func() net.Conn {
		c := dial(t, s.Addr)
		if key := recv(t, c, 19); key != "bthDataComServerKey" {
			t.Fatalf("key %q", key)
		}
		send(t, c, "bthDataComClientKey")
		return c
	}
	c := begin()
	silent := begin() // the original has no time for a second client
	text := func(command string) string {
		send(t, c, command+delimiter)
		answer := ""
		for !strings.HasSuffix(answer, delimiter) {
			piece := recv(t, c, 1024)
			if piece == "" {
				t.Fatalf("%s: the end behind %q", command, answer)
			}
			answer += piece
		}
		return strings.TrimSuffix(answer, delimiter)
	}
	for _, tc := range []struct{ command, want string }{
		{"ls", "Current Working Directory: /\n\nFolders: \n\nsub.dir\nFiles: \n\nnoext\nread me.txt\n"},
		{"chdir sub.dir", "The new current working directory on the server is: /sub.dir"},
		{"ls", "Current Working Directory: /sub.dir\n\nFolders: \n\nFiles: \n\n"},
		{"dl noext", "Invalid File!"},
		{"chdir ../../..", "The new current working directory on the server is: /"},
		{"chdir", "Not a recognised directory."},
		{"chdir nowhere", "Invalid Path!"},
		{"dl", "Invalid File!"},
		{"dl /etc/passwd", "Invalid File!"},
		{"dl ../../etc/passwd", "Invalid File!"},
		{"LS", "LS"}, // the description says echo, and the original Unrecognized Command!
		{"hello", "hello"},
		{"", ""},
	} {
		if got := text(tc.command); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.command, got, tc.want)
		}
	}
	whole := false
	// A machine that lets this test sleep for 20 ms joins header and file, so it
	// may try a few times. Sent together they are joined every time.
	for try := 0; try < 20 && !whole; try++ {
		send(t, c, "dl read me.txt"+delimiter)
		header := recv(t, c, 1024)
		name, size, _ := strings.Cut(header, "SpLiT")
		if name != "Sending read me.txt size: " || !strings.HasPrefix(size, fmt.Sprint(len(content))+delimiter) {
			t.Fatalf("header %q", header)
		}
		file := strings.TrimPrefix(size, fmt.Sprint(len(content))+delimiter)
		whole = file == ""
		rest := make([]byte, len(content)-len(file))
		if _, err := io.ReadFull(c, rest); err != nil || file+string(rest) != content {
			t.Fatalf("the file differs, or %v", err)
		}
	}
	if !whole {
		t.Error("header and file always came in one recv")
	}
	send(t, c, "quit"+delimiter)
	expectEOF(t, c)
	silent.Close()
}
