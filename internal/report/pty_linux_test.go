package report

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// pty is a terminal whose screen a test can read.
type pty struct {
	tty     *os.File // the program's side
	chunks  chan []byte
	raw     bytes.Buffer // what came so far
	columns int
}

// newPTY opens a pseudo-terminal, as posix_openpt, grantpt, unlockpt and ptsname do.
func newPTY(t *testing.T, columns, rows uint16) *pty {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	fd := int(master.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Col: columns, Row: rows}); err != nil {
		t.Fatal(err)
	}
	tty, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	p := &pty{tty: tty, chunks: make(chan []byte, 1024), columns: int(columns)}
	go func() {
		defer close(p.chunks)
		defer master.Close()
		for {
			b := make([]byte, 4096)
			n, err := master.Read(b)
			if n > 0 {
				p.chunks <- b[:n]
			}
			if err != nil {
				return // EIO: the program's side was closed
			}
		}
	}()
	return p
}

// await reads the screen until what came contains text.
func (p *pty) await(t *testing.T, text string) {
	t.Helper()
	deadline := time.After(time.Minute)
	for !strings.Contains(p.raw.String(), text) {
		select {
		case b, ok := <-p.chunks:
			if !ok {
				t.Fatalf("terminal closed without %q, got %q", text, p.raw.String())
			}
			p.raw.Write(b)
		case <-deadline:
			t.Fatalf("no %q on the terminal, got %q", text, p.raw.String())
		}
	}
}

// close closes the program's side and returns the lines that stay on the screen.
func (p *pty) close(t *testing.T) []string {
	t.Helper()
	if err := p.tty.Close(); err != nil {
		t.Fatal(err)
	}
	for b := range p.chunks {
		p.raw.Write(b)
	}
	return screen(t, p.raw.String())
}

var escapes = regexp.MustCompile(`^\x1b\[(\d*)([A-Z])`)
var anyEscape = regexp.MustCompile(`\x1b\[\d*[A-Z]`)

// screen plays the few escapes that a progress bar needs: cursor up, and erase to the end of the screen.
func screen(t *testing.T, raw string) []string {
	t.Helper()
	lines, row := []string{""}, 0
	for raw != "" {
		switch c := raw[0]; {
		case c == '\x1b':
			m := escapes.FindStringSubmatch(raw)
			if m == nil {
				t.Fatalf("an escape that this terminal does not know: %q", raw)
			}
			n, _ := strconv.Atoi(m[1])
			switch m[2] {
			case "A":
				row = max(0, row-n)
			case "J":
				lines = append(lines[:row], "")
			default:
				t.Fatalf("an escape that this terminal does not know: %q", m[0])
			}
			raw = raw[len(m[0]):]
		case c == '\n':
			if row++; row == len(lines) {
				lines = append(lines, "")
			}
			raw = raw[1:]
		case c == '\r':
			raw = raw[1:]
		default:
			lines[row] += string(c)
			raw = raw[1:]
		}
	}
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}
