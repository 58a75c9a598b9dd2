// Package cli is the command line: flags become a Config of the packages that
// do the work, and what they return is rendered by internal/report.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/loadframe/loadframe/internal/sysinfo"
)

// Exit statuses.
const (
	exitOK          = 0
	exitUsage       = 1
	exitFailed      = 2
	exitMissed      = 99
	exitInterrupted = 130
)

// env is what a command works with besides its flags.
type env struct {
	args           []string // as typed, program name first
	stdin          io.Reader
	stdout, stderr io.Writer
}

// exitError is an error with the exit status that it means. A nil err says
// that everything has been printed.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}
func (e *exitError) Unwrap() error { return e.err }

func usage(err error) error  { return &exitError{exitUsage, err} }
func failed(err error) error { return &exitError{exitFailed, err} }

// Main runs the command in args, program name first, and returns the exit
// status.
func Main(args []string, stdout, stderr io.Writer) int {
	e := &env{args: args, stdin: os.Stdin, stdout: stdout, stderr: stderr}
	root := newRoot(e)
	root.SetArgs(args[1:])
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(context.Background())
	if err == nil {
		return exitOK
	}
	// What cobra finds by itself (an unknown flag, a missing argument) is a
	// matter of usage.
	code := exitUsage
	var ee *exitError
	if errors.As(err, &ee) {
		code = ee.code
	} else if werr := refuse(e, err); werr != nil {
		fmt.Fprintf(stderr, "loadframe: %v\n", werr)
	}
	if text := err.Error(); text != "" {
		fmt.Fprintf(stderr, "loadframe: %s\n", text)
	}
	return code
}

func newRoot(e *env) *cobra.Command {
	root := &cobra.Command{
		Use:   "loadframe",
		Short: "Load-test a network path and the framing that a protocol puts on it",
		Long: `Loadframe load-tests a network path and the framing that a protocol puts on it.

    loadframe load pull -n 4GiB            a generated file from an embedded server, every byte verified
    loadframe serve                        the far end, on tcp://127.0.0.1:8120
    loadframe load echo HOST:8120 -P 50    request-reply against it
    loadframe capacity echo HOST:8120 --slo 'p99<2ms'
                                           the highest rate at which that still holds
    loadframe compare                      framings side by side, under stress: which for what
    loadframe proxy --to HOST:8120         a path between them that is slow, damaged or cut
    loadframe report before.json after.json -o change.html
                                           saved results as a page that works offline
    loadframe merge DIR                    the results of the segments of one run, put together exactly
    loadframe send, recv, shell            records from one end to the other; a server's commands by hand

Sizes: K, M, G and KiB, MiB, GiB are powers of 1024; kB, MB, GB of 1000.
Durations: a bare number is seconds. Counts: k, M, G are powers of 1000.
Exit status: 0 good, 1 usage, 2 run failed, 99 threshold missed, 130 interrupted.`,
		Version:       sysinfo.ReadBuild().Version,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return cmd.Help()
		},
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		// A flag of a command that is none: it is the command that is wrong.
		if !cmd.HasParent() && len(e.args) > 1 && !strings.HasPrefix(e.args[1], "-") {
			return fmt.Errorf("unknown command %q for %q", e.args[1], cmd.CommandPath())
		}
		return flagError(cmd, err)
	})
	root.AddCommand(newServe(e), newLoad(e), newCapacity(e), newCompare(e), newCompareServer(e), newSend(e), newRecv(e), newShell(e), newProxy(e), newReport(e), newMerge(e), newMan(root))
	return root
}

// terminal returns w as a file, nil if it is none.
func terminal(w io.Writer) *os.File {
	f, _ := w.(*os.File)
	return f
}
