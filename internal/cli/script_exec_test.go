package cli_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// refuses runs a program that has one line to say about what it was asked:
// nobody should have to search for it.
func refuses(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 3, "refuses CODE REGEXP PROGRAM ARG...")
	re, err := regexp.Compile(`^loadframe: (?:` + args[1] + `)\n$`)
	ts.Check(err)
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	cmd := command(ctx, ts, args[2:])
	var stderr strings.Builder
	cmd.Stdout, cmd.Stderr = ts.Stdout(), io.MultiWriter(&stderr, ts.Stderr())
	_ = cmd.Run() // the exit status tells
	if got := strconv.Itoa(cmd.ProcessState.ExitCode()); got != args[0] {
		ts.Fatalf("exit status %s, expected %s", got, args[0])
	}
	if text := stderr.String(); strings.Count(text, "\n") != 1 || !re.MatchString(text) {
		ts.Fatalf("stderr is not one line that matches %s", re)
	}
}

// interrupt starts a program and sends it SIGINT as soon as it prints a line
// that matches, and checks its exit status.
func interrupt(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 3, "interrupt CODE REGEXP PROGRAM ARG...")
	re, err := regexp.Compile(args[1])
	ts.Check(err)
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	cmd := command(ctx, ts, args[2:])
	cmd.Stderr = ts.Stderr()
	stdout, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	seen := false
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		_, _ = ts.Stdout().Write(append(lines.Bytes(), '\n'))
		if !seen && re.Match(lines.Bytes()) {
			seen = true
			ts.Check(cmd.Process.Signal(os.Interrupt))
		}
	}
	_ = cmd.Wait()
	if got := strconv.Itoa(cmd.ProcessState.ExitCode()); !seen || got != args[0] {
		ts.Fatalf("exit status %s, expected %s (line seen: %t)", got, args[0], seen)
	}
}

// command is a program of the script's $PATH with the script's directory and
// environment; it is killed when ctx ends.
func command(ctx context.Context, ts *testscript.TestScript, args []string) *exec.Cmd {
	path, err := exec.LookPath(args[0]) // testscript.Main has extended our own PATH
	ts.Check(err)
	cmd := exec.CommandContext(ctx, path, args[1:]...)
	cmd.Dir = ts.Getenv("WORK")
	cmd.Env = append(os.Environ(), "HOME="+ts.Getenv("HOME"), "TMPDIR="+ts.Getenv("TMPDIR"), "GORACE="+gorace)
	cmd.Stdin = bytes.NewReader(nil)
	return cmd
}
