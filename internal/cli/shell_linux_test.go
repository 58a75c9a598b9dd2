package cli_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// typist is a person at a terminal on which loadframe runs.
type typist struct {
	keys   *os.File // the person's side of the terminal
	chunks chan string
	screen string // all that came so far
	cmd    *exec.Cmd
	leave  *os.File // closed to let the session end
	exited chan error
}

// session runs a program and ends after it, when descriptor 3 does. The program
// must not be the session's leader: the end of that hangs the terminal up, and the
// kernel throws away what it has written but not handed over to the other side yet
// (tty_ldisc_hangup).
const session = `trap : INT; "$@"; status=$?; read line <&3; exit $status`

// atTerminal starts loadframe with a terminal of its own for all three streams.
func atTerminal(t *testing.T, args ...string) *typist {
	t.Helper()
	keys, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	fd := int(keys.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Col: 100, Row: 24}); err != nil {
		t.Fatal(err)
	}
	tty, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	path, err := exec.LookPath("loadframe") // TestMain has extended PATH
	if err != nil {
		t.Fatal(err)
	}
	stay, leave, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	args = append([]string{"-c", session, "sh", path}, args...)
	p := &typist{keys: keys, chunks: make(chan string, 1024), cmd: exec.CommandContext(ctx, "/bin/sh", args...), leave: leave, exited: make(chan error, 1)}
	p.cmd.ExtraFiles = []*os.File{stay}
	p.cmd.Dir = t.TempDir()
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = tty, tty, tty
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	tty.Close()
	stay.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(p.chunks)
		for {
			b := make([]byte, 4096)
			n, err := keys.Read(b)
			if n > 0 {
				p.chunks <- string(b[:n])
			}
			if err != nil {
				return // EIO: the program has ended
			}
		}
	}()
	go func() { p.exited <- p.cmd.Wait() }()
	t.Cleanup(func() {
		cancel()
		leave.Close()
		for range p.chunks {
		}
		<-done
		keys.Close()
	})
	return p
}

// sees waits until text comes behind what has been seen before.
func (p *typist) sees(t *testing.T, text string) {
	t.Helper()
	deadline := time.After(limit)
	for !strings.Contains(p.screen, text) {
		select {
		case b, ok := <-p.chunks:
			if !ok {
				t.Fatalf("the program ended without %q, the screen has %q", text, p.screen)
			}
			p.screen += b
		case <-deadline:
			t.Fatalf("no %q on the screen, but %q", text, p.screen)
		}
	}
	_, p.screen, _ = strings.Cut(p.screen, text)
}

func (p *typist) types(t *testing.T, keys string) {
	t.Helper()
	if _, err := p.keys.WriteString(keys); err != nil {
		t.Fatal(err)
	}
}

// ends waits for the exit status.
func (p *typist) ends(t *testing.T, code int) {
	t.Helper()
	p.leave.Close()
	select {
	case <-p.exited:
	case <-time.After(limit):
		t.Fatalf("the program does not end, the screen has %q", p.screen)
	}
	if got := p.cmd.ProcessState.ExitCode(); got != code {
		t.Errorf("exit status %d, expected %d", got, code)
	}
}

const up = "\x1b[A"

func TestShellOnTerminal(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	p := atTerminal(t, "shell", s.Addr)
	p.sees(t, "connected to "+s.Addr)
	p.sees(t, "> ")
	p.types(t, "SYN\r")
	p.sees(t, "ACK!\r\n> ")
	p.types(t, "tim\t\r") // completion
	p.sees(t, time.Now().Format(" 2006"))
	p.sees(t, "> ")
	p.types(t, up+up+"\r") // history
	p.sees(t, "ACK!\r\n> ")
	p.types(t, "999999999\r") // told, and no reason to end
	p.sees(t, "Server limit is: 123456789 chars.\r\n> ")
	p.types(t, "123456789\r")
	p.sees(t, "123,456,789 bytes in ")
	p.sees(t, "every byte verified\r\n> ")
	p.types(t, "helxx\x7f\x7flo\r") // editing
	p.sees(t, "\nhello\r\n> ")
	p.types(t, "quit\r")
	p.ends(t, 0)
}

// The end of input leaves in peace; Ctrl-C ends a command, and the shell.
func TestShellKeys(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	p := atTerminal(t, "shell", s.Addr)
	p.sees(t, "> ")
	p.types(t, "\x04")
	p.ends(t, 0)

	p = atTerminal(t, "shell", s.Addr)
	p.sees(t, "> ")
	p.types(t, "stream 50 10000\r")
	p.sees(t, "packet 2 ")
	p.types(t, "\x03")
	p.sees(t, "loadframe: interrupted")
	p.ends(t, 130)

	p = atTerminal(t, "shell", "--plain", s.Addr)
	p.sees(t, "> ")
	p.types(t, "\r") // an empty line is the end here
	p.ends(t, 0)
}

// A server that goes away ends the shell with an error at the next command.
func TestShellServerGone(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	p := atTerminal(t, "shell", s.Addr)
	p.sees(t, "> ")
	if err := s.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.types(t, "SYN\r")
	p.sees(t, "loadframe: client: ")
	p.ends(t, 2)
}
