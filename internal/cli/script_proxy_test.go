package cli_test

import (
	"bufio"
	"context"
	"io"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// passing maps a *testscript.TestScript to its *passer.
var passing sync.Map

// passer is the proxy of a script.
type passer struct {
	cmd    *exec.Cmd
	all    sync.WaitGroup // of who reads what it prints
	stdout strings.Builder
	stderr strings.Builder
}

// proxy starts loadframe proxy and sets $PROXY to where it listens.
func proxy(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 1, "proxy ARG...")
	p := &passer{cmd: command(context.Background(), ts, slices.Concat([]string{"loadframe", "proxy"}, args))}
	out, err := p.cmd.StdoutPipe()
	ts.Check(err)
	logs, err := p.cmd.StderrPipe()
	ts.Check(err)
	ts.Check(p.cmd.Start())
	ts.Defer(func() { _ = p.cmd.Process.Kill() }) // of a process that was waited for: does nothing
	passing.Store(ts, p)
	listening := make(chan string, 2)
	for _, s := range []struct {
		from io.Reader
		to   *strings.Builder
	}{{out, &p.stdout}, {logs, &p.stderr}} {
		p.all.Go(func() {
			for lines := bufio.NewScanner(s.from); lines.Scan(); {
				if strings.HasPrefix(lines.Text(), "listening ") {
					listening <- lines.Text()
				} else {
					s.to.WriteString(lines.Text() + "\n")
				}
			}
		})
	}
	select {
	case line := <-listening:
		ts.Setenv("PROXY", strings.Fields(line)[2])
		_, _ = ts.Stdout().Write([]byte(line + "\n"))
	case <-time.After(limit):
		ts.Fatalf("proxy does not listen within %v", limit)
	}
}

// proxied ends the proxy, or with -wait lets it end by itself, expects status 0,
// and has what it printed behind its first line for stdout and stderr.
func proxied(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 0, "proxied [-wait]")
	v, ok := passing.LoadAndDelete(ts)
	if !ok {
		ts.Fatalf("proxied: no proxy runs")
	}
	p := v.(*passer)
	if len(args) == 0 {
		ts.Check(p.cmd.Process.Signal(syscall.SIGTERM))
	}
	defer time.AfterFunc(limit, func() { _ = p.cmd.Process.Kill() }).Stop()
	p.all.Wait()
	err := p.cmd.Wait()
	_, _ = io.WriteString(ts.Stdout(), p.stdout.String())
	_, _ = io.WriteString(ts.Stderr(), p.stderr.String())
	if err != nil {
		ts.Fatalf("proxy ended with %v", err)
	}
}
