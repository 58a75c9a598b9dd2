package cli_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/loadframe/loadframe/server"
)

// process is the server of a script.
type process struct {
	cmd    *exec.Cmd
	exited chan error
	rest   chan string // of its standard output, behind the listeners
}

// serving maps a *testscript.TestScript to its *process. Scripts run in
// parallel.
var serving sync.Map

// stopped is the same for the server that was shut down last.
var stopped sync.Map

// serve starts loadframe serve, on a free port of 127.0.0.1 if no --listen is
// given, and returns when it has said where it listens.
func serve(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 0, "serve ARG...")
	listeners := 0
	for _, a := range args {
		if a == "--listen" || strings.HasPrefix(a, "--listen=") {
			listeners++
		}
		if a == "--classic" {
			listeners += len(server.Classic())
		}
	}
	if listeners == 0 {
		listeners, args = 1, append(args, "--listen", "tcp://127.0.0.1:0")
	}
	p := &process{cmd: command(context.Background(), ts, slices.Concat([]string{"loadframe", "serve"}, args)), exited: make(chan error, 1), rest: make(chan string, 1)}
	log, err := os.Create(ts.MkAbs("serve.log"))
	ts.Check(err)
	defer log.Close()
	stdout, w, err := os.Pipe() // not StdoutPipe: Wait closes that while we may still read
	ts.Check(err)
	p.cmd.Stdout, p.cmd.Stderr = w, log
	err = p.cmd.Start()
	w.Close()
	ts.Check(err)
	go func() { p.exited <- p.cmd.Wait() }()
	ts.Defer(func() { _ = p.cmd.Process.Kill(); stdout.Close() }) // of a process that was stopped: does nothing
	serving.Store(ts, p)

	ts.Check(stdout.SetReadDeadline(time.Now().Add(limit)))
	lines := bufio.NewReader(stdout)
	for i := 1; i <= listeners; i++ {
		line, err := lines.ReadString('\n')
		words := strings.Fields(line)
		if err != nil || len(words) < 3 || words[0] != "listening" {
			ts.Fatalf("serve: listener %d: read %q, %v\n%s", i, line, err, ts.ReadFile("serve.log"))
		}
		name := "ADDR"
		if i > 1 {
			name += strconv.Itoa(i)
		}
		ts.Setenv(name, words[2])
		_, _ = ts.Stdout().Write([]byte(line))
	}
	ts.Check(stdout.SetReadDeadline(time.Time{}))
	go func() {
		rest, _ := io.ReadAll(lines)
		p.rest <- string(rest)
	}()
}

// served checks that a server which has been shut down had printed a line that
// matches, behind its listeners.
func served(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 1, "served REGEXP")
	re, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	v, ok := stopped.LoadAndDelete(ts)
	if !ok {
		ts.Fatalf("served: no server was shut down")
	}
	if rest := <-v.(*process).rest; !re.MatchString(rest) {
		ts.Fatalf("no line matches in %q", rest)
	}
}

// shutdown ends the server as a service manager does, and checks that it goes in
// peace.
func shutdown(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 0, "shutdown")
	v, ok := serving.LoadAndDelete(ts)
	if !ok {
		ts.Fatalf("shutdown: no server runs")
	}
	p := v.(*process)
	ts.Check(p.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case err := <-p.exited:
		if err != nil {
			ts.Fatalf("serve ended with %v\n%s", err, ts.ReadFile("serve.log"))
		}
		stopped.Store(ts, p)
	case <-time.After(limit):
		ts.Fatalf("serve does not end within %v of SIGTERM\n%s", limit, ts.ReadFile("serve.log"))
	}
}

// closedPort sets a variable to an address that was free a moment ago.
func closedPort(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 1, "closedport NAME")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Setenv(args[0], l.Addr().String())
	ts.Check(l.Close())
}
