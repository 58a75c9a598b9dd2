package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/internal/units"
)

type shellFlags struct {
	plain   bool
	framing string
	timeout units.Duration
}

const defaultShellAddr = "127.0.0.1:8120"

func newShell(e *env) *cobra.Command {
	f := shellFlags{timeout: units.Duration(10 * time.Second)}
	cmd := &cobra.Command{
		Use:   "shell [ADDR]",
		Short: "Talk to a server's command handler, from a terminal or a pipe",
		Long: `Talk to the command handler of the server at ADDR (host:port, 127.0.0.1:8120).

` + shellHelp + `

On a terminal there is a line editor with a history (arrow keys) and completion
(Tab: commands, and names that ls has shown); Ctrl-C stops a transfer and the
shell. From a pipe each line is a command, and the exit status is 2 if one of
them failed. What the server says is escaped before it is shown.

--plain speaks text without a session, as older servers do. An answer ends
there with the connection or 200 ms of silence; where the server closes after
each answer the next command connects anew; and an empty line ends the shell.`,
		Example: `  loadframe shell
  printf 'ls\ndl notes.txt\n' | loadframe shell 192.0.2.7:8120
  echo 1000000 | loadframe shell --plain 192.0.2.7:8120`,
		Args: oneAddr,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := notZero(cmd, "timeout"); err != nil {
				return err
			}
			return shell(cmd.Context(), e, &f, args)
		},
	}
	fl := cmd.Flags()
	fl.BoolVar(&f.plain, "plain", false, "text without a session, for servers that know no preface")
	fl.StringVar(&f.framing, "framing", "u32", "of the session; X+crc32c checks files")
	fl.Var(&f.timeout, "timeout", "for connecting, and for an answer that makes no progress")
	return cmd
}

const shellHelp = `    ls                 the server's current directory
    chdir DIR          change it, for this connection
    dl [-f] FILE [AS]  fetch a file; -f overwrites; "quote names with blanks"
    N                  a generated file of N bytes, timed and checked
    stream [MS N]      N packets MS milliseconds apart, with statistics
    time               the server's time
    SYN                ACK!
    help               this
    quit               end
    anything else      is echoed by the server`

// dialogShell is a running shell.
type dialogShell struct {
	*env
	stdout *answers // env's
	dialog *client.Dialog
	plain  bool
	names  []string // that ls has shown, for completion
	failed error    // the last command that failed, of a script
}

func shell(ctx context.Context, e *env, f *shellFlags, args []string) error {
	c := client.DialogConfig{Addr: defaultShellAddr, Framing: f.framing, Plain: f.plain, Timeout: time.Duration(f.timeout)}
	var err error
	if len(args) > 0 {
		if c.Network, c.Addr, err = splitAddr(args[0]); err != nil {
			return usage(err)
		}
	}
	if c, err = c.Resolve(); err != nil {
		return usage(err)
	}
	ctx, stop := interruptible(ctx)
	defer stop()
	s := &dialogShell{env: e, stdout: &answers{to: e.stdout}, plain: f.plain}
	if s.dialog, err = client.OpenDialog(ctx, c); err != nil {
		return s.end(ctx, err)
	}
	defer s.dialog.Close()
	in := s.input(ctx)
	if in.terminal {
		fmt.Fprintf(e.stdout, "connected to %s; help tells the commands\n", c.Addr)
	}
	return s.end(ctx, s.run(ctx, in))
}

// run takes commands until one ends the shell.
func (s *dialogShell) run(ctx context.Context, in *shellInput) error {
	for {
		line, err := in.next()
		switch line = strings.TrimSpace(line); {
		case err == nil && line == "" && !s.plain:
			continue
		case err == io.EOF || err == nil && (line == "" || line == "quit"):
			if err := s.dialog.Quit(ctx); err != nil {
				return err
			}
			return s.failed
		case err != nil:
			return err
		}
		err = s.command(ctx, line)
		if s.stdout.err != nil {
			return fmt.Errorf("writing the answer: %w", s.stdout.err)
		}
		if err != nil {
			if !goesOn(err) {
				return err
			}
			fmt.Fprintf(s.stderr, "%s: %s", firstWord(line), lines([]byte(told(err))))
			if !in.terminal {
				s.failed = &exitError{exitFailed, nil} // it has been told
			}
		}
	}
}

// answers are what the shell prints; an answer that nobody gets ends it.
type answers struct {
	to  io.Writer
	err error // the first
}

func (a *answers) Write(b []byte) (int, error) {
	n, err := a.to.Write(b)
	if a.err == nil {
		a.err = err
	}
	return n, err
}

// goesOn tells whether the dialog can go on after err.
func goesOn(err error) bool {
	var (
		refused *client.Refused
		damaged *client.Damaged
		local   *localError
	)
	return errors.As(err, &refused) || errors.As(err, &damaged) || errors.As(err, &local)
}

// told is err as it is told within the shell.
func told(err error) string {
	var refused *client.Refused
	if errors.As(err, &refused) {
		return string(refused.Text)
	}
	return err.Error()
}

// end returns what Main exits with.
func (s *dialogShell) end(ctx context.Context, err error) error {
	var ee *exitError
	switch {
	case err == nil || errors.As(err, &ee):
		return err
	case ctx.Err() != nil:
		return &exitError{exitInterrupted, errors.New("interrupted")}
	}
	return failed(errors.New(strings.TrimSuffix(lines([]byte(err.Error())), "\n")))
}

func firstWord(line string) string {
	word, _, _ := strings.Cut(line, " ")
	return strings.TrimSuffix(lines([]byte(word)), "\n")
}
