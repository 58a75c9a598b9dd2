package server_test

import (
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
