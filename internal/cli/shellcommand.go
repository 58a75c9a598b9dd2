package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/internal/report"
	"github.com/loadframe/loadframe/internal/units"
)

// shellCommands are those that completion offers.
var shellCommands = []string{"SYN", "chdir ", "dl ", "help", "ls", "quit", "stream ", "time"}

// localError is an error at this end: nothing was asked of the server, or all
// that was has been answered.
type localError struct{ err error }

func (e *localError) Error() string { return e.err.Error() }
func (e *localError) Unwrap() error { return e.err }

var errNoFiles = &localError{errors.New("this server has no files: it echoes the command (serve --root DIR has)")}

// command does what one line asks for.
func (s *dialogShell) command(ctx context.Context, line string) error {
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case "help", "?":
		fmt.Fprintln(s.stdout, shellHelp)
		return nil
	case "dl":
		return s.download(ctx, rest)
	}
	if interval, count, ok := client.StreamRequest(line); ok {
		return s.stream(ctx, line, interval, count)
	}
	if n, err := strconv.ParseInt(line, 10, 64); err == nil && n > 0 {
		return s.generate(ctx, n)
	}
	answer, err := s.dialog.Ask(ctx, line)
	if err != nil {
		return err
	}
	if refusal(line, string(answer)) {
		return &client.Refused{Text: answer}
	}
	if word == "ls" || word == "chdir" {
		if strings.TrimSpace(string(answer)) == line {
			return errNoFiles
		}
		if word == "ls" {
			s.names = listed(string(answer))
		}
	}
	fmt.Fprint(s.stdout, lines(answer))
	return nil
}

// refusal tells whether an answer says that a command failed.
func refusal(line, answer string) bool {
	return answer != line && slices.ContainsFunc([]string{"Invalid Path!", "Invalid File!", "Not a recognised directory.", "Request for "}, func(s string) bool {
		return strings.HasPrefix(answer, s)
	})
}

// listed returns the names of a listing.
func listed(answer string) []string {
	var names []string
	_, names1, _ := strings.Cut(answer, "Folders:")
	for line := range strings.Lines(names1) {
		if line = strings.TrimRight(line, "\r\n"); strings.TrimSpace(line) != "" && strings.TrimSpace(line) != "Files:" {
			names = append(names, line)
		}
	}
	return names
}

// generate fetches a generated file.
func (s *dialogShell) generate(ctx context.Context, n int64) error {
	bar := s.bar(strconv.FormatInt(n, 10), n)
	t, err := s.dialog.Generate(ctx, n, bar.Set)
	bar.Done()
	if err != nil {
		return err
	}
	fmt.Fprintf(s.stdout, "%s, every byte verified\n", amount(t))
	return nil
}

// stream prints packets as they arrive, and what can be said about them.
func (s *dialogShell) stream(ctx context.Context, line string, interval time.Duration, count int) error {
	r, err := s.dialog.Stream(ctx, line, interval, count, func(p client.StreamPacket) {
		fmt.Fprintf(s.stdout, "packet %-5d at %10.3f ms  + %.3f ms\n", p.Number, ms(p.At), ms(p.Interval))
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(s.stdout, "%d packets in %s, asked for one every %s\n", r.Packets, units.FormatDuration(r.Took), units.FormatDuration(interval))
	if r.Packets > 1 {
		fmt.Fprintf(s.stdout, "  interval  %s\n", spread(r.Intervals))
	}
	fmt.Fprintf(s.stdout, "  late      %s (against the request; a round trip is in it)\n", spread(r.Late))
	return nil
}

func ms(d time.Duration) float64 { return float64(d) / 1e6 }

// spread is a line about times.
func spread(d client.DelaySummary) string {
	f := func(ns int64) string { return units.FormatDuration(time.Duration(ns)) }
	return fmt.Sprintf("min %s  mean %s  p50 %s  p99 %s  max %s", f(d.Min), f(d.Mean), f(d.P50), f(d.P99), f(d.Max))
}

// amount is a line about a file.
func amount(t client.Transfer) string {
	rate, bits := units.FormatGoodput(report.PerSecond(t.Bytes, t.Took.Seconds()))
	return fmt.Sprintf("%s bytes in %s, %s (%s)", units.FormatDigits(t.Bytes), units.FormatDuration(t.Took), rate, bits)
}

// bar starts a progress bar for n bytes.
func (s *dialogShell) bar(title string, n int64) *report.Progress {
	return report.StartProgress(report.ProgressConfig{Bar: terminal(s.stderr), Goal: n, Title: title})
}
