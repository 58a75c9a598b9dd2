package cli_test

import (
	"bufio"
	"io"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"
)

// logPipe is a standard error and its reader.
func logPipe(t *testing.T) (read, write *os.File) {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { read.Close(); write.Close() })
	return read, write
}

// acked says SYN and wants the answer.
func acked(t *testing.T, addr string) {
	t.Helper()
	c := dialServe(t, addr, "SYN\n")
	defer c.Close()
	b := make([]byte, 4)
	if n, err := io.ReadFull(c, b); string(b) != "ACK!" {
		t.Fatalf("%q, %v", b[:n], err)
	}
}

// A pipe for the log that nobody reads is full. Whatever peers make the server
// log, it serves all the others, and SIGTERM ends it.
func TestAttackLogThatNobodyReads(t *testing.T) {
	_, log := logPipe(t)
	if err := log.SetWriteDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := log.Write(make([]byte, 64<<10)); err != nil {
			break // full
		}
	}
	r := startServeLog(t, log, nil, "--listen", "tcp://127.0.0.1:0?framing=raw&handler=record", "--max-conns", "20", "--loops", "1")
	addr := r.addr()
	records := r.addr()
	for range 3 { // a warning about each is written by the event loop
		_, _ = io.Copy(io.Discard, dialServe(t, records, "no record"))
		acked(t, addr)
	}
	var crowd []net.Conn
	for refused := 0; refused < 3; { // and about these by the goroutine that accepts
		c := dialServe(t, addr, "")
		_, _ = io.WriteString(c, "SYN\n") // may be too late already
		b := make([]byte, 4)
		if _, err := io.ReadFull(c, b); err != nil {
			t.Fatalf("%q, %v", b, err)
		}
		if string(b) == "ACK!" {
			crowd = append(crowd, c)
		} else {
			refused++
		}
	}
	for _, c := range crowd {
		c.Close()
	}
	_ = r.Process.Signal(syscall.SIGTERM)
	r.ends()
}

// The reader of the log has gone, and that of the records. A peer that makes the
// server write is not its end.
func TestAttackReaderOfTheLogGone(t *testing.T) {
	read, log := logPipe(t)
	r := startServeLog(t, log, nil, "--listen", "tcp://127.0.0.1:0?framing=raw&handler=record")
	log.Close()
	addr := r.addr()
	records := r.addr()
	read.Close()
	r.out.Close()
	for range 3 {
		acked(t, addr)
		_, _ = io.Copy(io.Discard, dialServe(t, records, `{"time":"now","data":"text"}`))
		_, _ = io.Copy(io.Discard, dialServe(t, records, "no record"))
	}
	_ = r.Process.Signal(syscall.SIGTERM)
	r.ends()
}

// The terminal that a server was started from is closed: its transfers go on to
// their end.
func TestHangupDrains(t *testing.T) {
	if signal.Ignored(syscall.SIGHUP) {
		t.Skip("started under nohup, as the server then is: it goes on")
	}
	const size = 64 << 20
	r := startServe(t, nil, "--quiet", "--drain-timeout", "60s")
	c, err := pull(t, r.addr(), size)
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Process.Signal(syscall.SIGHUP)
	if err := verify(c, size); err != nil {
		t.Error(err)
	}
	r.ends()
}

// A proxy, a comparison that runs for minutes and a load tell what they have as
// after SIGINT.
func TestHangupTellsTheSummary(t *testing.T) {
	if signal.Ignored(syscall.SIGHUP) {
		t.Skip("started under nohup, as the commands then are: they go on")
	}
	for _, tc := range []struct {
		args   []string
		want   string
		status int
	}{
		{[]string{"proxy", "--to", "127.0.0.1:1"}, "\n  connections 0, broken 0, target not reached 0\n", 0},
		{[]string{"compare", "--rounds", "100"}, "\n  ended early: these are the rounds that are whole\n", 130},
		{[]string{"load", "echo", "-t", "100", "-i", "0.1"}, "\n  verified    every byte\n", 130},
	} {
		cmd := loadframe(t, tc.args...)
		out, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewReader(out)
		if first, err := lines.ReadString('\n'); err != nil {
			t.Fatalf("%s: %q, %v", tc.args[0], first, err)
		}
		_ = cmd.Process.Signal(syscall.SIGHUP)
		text, _ := io.ReadAll(lines)
		_ = cmd.Wait()
		if got := cmd.ProcessState.ExitCode(); got != tc.status || !strings.Contains(string(text), tc.want) {
			t.Errorf("%s: status %d, want %d; it printed\n%s", tc.args[0], got, tc.status, text)
		}
	}
}
