package cli_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// receiving are the receivers that scripts have started, by script.
var receiving sync.Map

// receiver is a running loadframe recv.
type receiver struct {
	cmd *exec.Cmd
	out chan string // all of its standard output, when it has ended
}

// receive starts loadframe recv on a free port of HOST, and sets $HOST and
// $PORT to where it listens.
func receive(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 1, "receive HOST ARG...")
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	r := &receiver{cmd: command(ctx, ts, slices.Concat([]string{"loadframe", "recv", args[0], "0"}, args[1:])), out: make(chan string, 1)}
	stdout, w, err := os.Pipe()
	ts.Check(err)
	stderr, we, err := os.Pipe()
	ts.Check(err)
	r.cmd.Stdout, r.cmd.Stderr = w, we
	err = r.cmd.Start()
	w.Close()
	we.Close()
	ts.Check(err)
	ts.Defer(func() { cancel(); _ = r.cmd.Wait(); stdout.Close(); stderr.Close() }) // of a process that has ended: does nothing
	out, log := bufio.NewReader(stdout), bufio.NewReader(stderr)
	where := out
	if slices.Contains(args, "-J") {
		where = log
	}
	line, err := where.ReadString('\n')
	words := strings.Fields(line)
	if err != nil || len(words) != 3 || words[0] != "listening" {
		ts.Fatalf("recv: read %q, %v", line, err)
	}
	host, port, err := net.SplitHostPort(words[2])
	ts.Check(err)
	ts.Setenv("HOST", host)
	ts.Setenv("PORT", port)
	receiving.Store(ts, r)
	go func() { _, _ = io.Copy(io.Discard, log) }()
	go func() {
		b, _ := io.ReadAll(out)
		r.out <- string(b)
	}()
}

// received waits until the receiver ends, with SIGINT sent to it first if asked,
// and takes its standard output for that of this command.
func received(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 1, "received CODE [interrupt]")
	v, ok := receiving.LoadAndDelete(ts)
	if !ok {
		ts.Fatalf("received: no receiver runs")
	}
	r := v.(*receiver)
	if len(args) > 1 {
		ts.Check(r.cmd.Process.Signal(os.Interrupt))
	}
	select {
	case out := <-r.out:
		_, _ = ts.Stdout().Write([]byte(out))
	case <-time.After(limit):
		ts.Fatalf("recv does not end")
	}
	_ = r.cmd.Wait()
	if got := strconv.Itoa(r.cmd.ProcessState.ExitCode()); got != args[0] {
		ts.Fatalf("recv: exit status %s, expected %s", got, args[0])
	}
}
