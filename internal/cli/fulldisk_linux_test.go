package cli_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/loadframe/loadframe/internal/cli"
	"github.com/loadframe/loadframe/internal/namespace"
)

// onSmallDisk runs the calling test once more, in a process with a file system
// of its own, and returns its directory there: it has room for 64 KiB.
func onSmallDisk(t *testing.T) (dir string, there bool) {
	t.Helper()
	if !namespace.Own(t, unix.CLONE_NEWNS) {
		return "", false
	}
	dir = t.TempDir()
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) }) // or it could not be removed
	return dir, true
}

// fill writes to a file until the disk is full, and returns the file.
func fill(t *testing.T, dir string) (ballast string) {
	t.Helper()
	ballast = filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 1<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk is not full: %v", err)
	}
	return ballast
}

// The disk that takes the records, and that which takes the log, becomes full
// while the server runs: it goes on serving, tells in the log how many records
// could not be written, and how many lines of the log, as soon as there is room
// again, and no line is glued to what is left of another.
func TestAttackFullDisk(t *testing.T) {
	dir, there := onSmallDisk(t)
	if !there {
		return
	}
	out, err := os.Create(filepath.Join(dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	log, err := os.OpenFile(filepath.Join(dir, "log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	path, err := exec.LookPath("loadframe")
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(t.TempDir(), "s")
	serve := exec.Command(path, "serve", "--listen", "unix://"+socket+"?framing=u16&handler=record", "--log-format", "json")
	serve.Stdout, serve.Stderr = out, log
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = serve.Process.Kill() })
	text := func(name string) string {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	until(t, "it listens", func() bool { return strings.Contains(text("out"), "listening") })
	const records = 50
	sent := 0
	record := func(n int) {
		t.Helper()
		c, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: socket})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		for range n {
			r := fmt.Sprintf(`{"time":"now","data":"%04d%s"}`, sent, strings.Repeat("x", 300))
			fmt.Fprintf(c, "%c%c%s", len(r)>>8, len(r)&0xff, r)
			sent++
		}
		_ = c.CloseWrite()
		if _, err := io.Copy(io.Discard, c); err != nil {
			t.Error(err)
		}
	}
	record(1)
	until(t, "a record is written", func() bool { return strings.Contains(text("out"), `"data":"0000`) })
	ballast := fill(t, dir)
	for range records { // a line of the log for each
		record(1)
	}
	for _, name := range []string{"out", "log"} {
		until(t, name+" has no room for a line", func() bool { return len(text(name))%os.Getpagesize() == 0 })
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	last := sent
	record(1)
	until(t, "a record is written again", func() bool { return strings.Contains(text("out"), fmt.Sprintf(`"data":"%04d`, last)) })
	_ = serve.Process.Signal(syscall.SIGTERM)
	if err := serve.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
	written := 0
	for line := range strings.Lines(text("out")) {
		var r struct{ Event, Data string }
		if json.Unmarshal([]byte(line), &r) == nil && r.Event == "record" {
			written++
		} else if strings.Count(line, `"event"`) > 1 {
			t.Errorf("glued together: %.100q", line)
		}
	}
	untold, lines := sent-written, 0
	for line := range strings.Lines(text("log")) {
		var l struct {
			Msg            string
			Records, Lines int
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil && strings.Count(line, `"msg"`) > 1 {
			t.Errorf("glued together: %.300q", line)
		}
		untold -= l.Records
		lines += l.Lines
	}
	// What was told while the log had no room either is among the lines lost.
	if written == sent || untold < 0 || lines == 0 {
		t.Errorf("%d records written of %d, %d of the others untold, %d lines told lost:\n%.3000s", written, sent, untold, lines, text("log"))
	}
}

// A result that does not fit on the disk leaves what was there before, and no
// part of itself; the status says that it failed.
func TestResultOnAFullDisk(t *testing.T) {
	dir, there := onSmallDisk(t)
	if !there {
		return
	}
	name := filepath.Join(dir, "result.json")
	if err := os.WriteFile(name, []byte("before"), 0o600); err != nil {
		t.Fatal(err)
	}
	fill(t, dir)
	var out, log strings.Builder
	status := cli.Main([]string{"loadframe", "load", "echo", "-k", "10", "-o", name}, &out, &log)
	if b, err := os.ReadFile(name); status != 2 || string(b) != "before" || err != nil || !strings.Contains(log.String(), "no space left on device") {
		t.Errorf("status %d, %.100q, %v, log %s", status, b, err, &log)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*.tmp")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
