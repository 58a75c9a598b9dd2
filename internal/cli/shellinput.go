package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// shellInput yields the lines that somebody types, or that a pipe holds.
type shellInput struct {
	terminal bool
	next     func() (string, error) // io.EOF: no more
}

// maxLine bounds a line from a pipe in bytes.
const maxLine = 64 << 10

func (s *dialogShell) input(ctx context.Context) *shellInput {
	out := terminal(s.env.stdout)
	if out != nil && term.IsTerminal(int(os.Stdin.Fd())) && term.IsTerminal(int(out.Fd())) {
		return &shellInput{terminal: true, next: s.editor(out)}
	}
	return &shellInput{next: piped(ctx, s.stdin)}
}

// piped reads ahead by one line, so that a signal ends also a wait for one.
func piped(ctx context.Context, r io.Reader) func() (string, error) {
	ch := make(chan string)
	var err error // read when ch is closed
	go func() {
		defer close(ch)
		scan := bufio.NewScanner(r)
		scan.Buffer(nil, maxLine+1) // and its end
		n := 1
		for ; scan.Scan(); n++ {
			select {
			case ch <- scan.Text():
			case <-ctx.Done():
				return
			}
		}
		if err = scan.Err(); errors.Is(err, bufio.ErrTooLong) {
			err = fmt.Errorf("line %d: over the limit of %d bytes", n, maxLine)
		}
	}()
	return func() (string, error) {
		select {
		case line, ok := <-ch:
			if ok {
				return line, nil
			}
			if err != nil {
				return "", fmt.Errorf("standard input: %w", err)
			}
			return "", io.EOF
		case <-ctx.Done():
			return "", context.Cause(ctx)
		}
	}
}

// editor reads lines from the terminal. It is raw while a line is edited and
// as it was at any other time, so that Ctrl-C interrupts a command.
func (s *dialogShell) editor(out *os.File) func() (string, error) {
	in := int(os.Stdin.Fd())
	t := term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{os.Stdin, out}, "> ")
	t.AutoCompleteCallback = func(line string, pos int, key rune) (string, int, bool) {
		if key != '\t' {
			return "", 0, false
		}
		done := s.complete(line[:pos])
		return done + line[pos:], len(done), true
	}
	return func() (string, error) {
		if columns, rows, err := term.GetSize(in); err == nil && columns > 0 && rows > 0 {
			_ = t.SetSize(columns, rows)
		}
		was, err := term.MakeRaw(in)
		if err != nil {
			return "", fmt.Errorf("terminal: %w", err)
		}
		defer term.Restore(in, was)
		line, err := t.ReadLine()
		if err == io.EOF {
			fmt.Fprint(out, "\r\n")
		}
		return line, err
	}
}

// complete extends what stands before the cursor as far as it is sure: a
// command, or a name of the last listing.
func (s *dialogShell) complete(line string) string {
	choices, head := shellCommands, ""
	for _, with := range []string{"dl -f ", "dl ", "chdir "} {
		if strings.HasPrefix(line, with) {
			choices, head = s.names, with
			break
		}
	}
	begun := strings.TrimPrefix(line[len(head):], `"`)
	var common string
	n := 0
	for _, c := range choices {
		if !strings.HasPrefix(c, begun) {
			continue
		}
		if n++; n == 1 {
			common = c
		}
		for !strings.HasPrefix(c, common) {
			common = common[:len(common)-1]
		}
	}
	switch {
	case n == 0:
		return line
	case head != "" && head != "chdir " && strings.Contains(common, " "):
		common = `"` + common // dl takes two names
		if n == 1 {
			common += `"`
		}
	}
	return head + strings.ToValidUTF8(common, "")
}
