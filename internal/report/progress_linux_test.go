package report

import (
	"bytes"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestProgressOnTerminal(t *testing.T) {
	for name, c := range map[string]struct {
		config ProgressConfig
		sees   string
	}{
		"bytes":    {ProgressConfig{Goal: 1000, Unit: Bytes, Title: "pull"}, "42 %      420 B"},
		"messages": {ProgressConfig{Goal: 1_000_000, Unit: Messages, Title: "echo"}, "ETA"},
		"time":     {ProgressConfig{Duration: time.Hour, Title: "pull"}, "of 1h0m0s"},
	} {
		t.Run(name, func(t *testing.T) {
			defer goleak.VerifyNone(t)
			tty := newPTY(t, 100, 24)
			c.config.Bar = tty.tty
			p := StartProgress(c.config)
			p.Set(420)
			tty.await(t, c.sees)
			p.Line("[0.00-1.00 s] first")
			p.Line("[1.00-2.00 s] second")
			tty.await(t, "second")
			p.Done() // far from the goal
			p.Done()
			p.Line("after")
			got := tty.close(t)
			if want := []string{"[0.00-1.00 s] first", "[1.00-2.00 s] second", "after"}; !slices.Equal(got, want) {
				t.Errorf("on the screen: %q, want %q", got, want)
			}
		})
	}
}

// A line just before Done has not been drawn yet; it must not go away with the bar. Nor may a goal that was passed hang Done.
func TestProgressDoneKeepsLines(t *testing.T) {
	defer goleak.VerifyNone(t)
	for _, done := range []int64{0, 99, 100, 101} {
		tty := newPTY(t, 100, 24)
		p := StartProgress(ProgressConfig{Bar: tty.tty, Goal: 100})
		p.Set(done)
		p.Line("last")
		p.Done()
		if got := tty.close(t); !slices.Equal(got, []string{"last"}) {
			t.Errorf("%d of 100: on the screen: %q", done, got)
		}
	}
}

// With standard output in a file, the file gets the lines and the terminal the bar.
func TestProgressLinesElsewhere(t *testing.T) {
	defer goleak.VerifyNone(t)
	tty := newPTY(t, 100, 24)
	var lines bytes.Buffer
	p := StartProgress(ProgressConfig{Bar: tty.tty, Lines: &lines, Goal: 100})
	p.Line("one")
	tty.await(t, "ETA")
	p.Done()
	if got := tty.close(t); len(got) != 0 {
		t.Errorf("on the terminal: %q", got)
	}
	if lines.String() != "one\n" {
		t.Errorf("lines: %q", lines.String())
	}
}

// A terminal that goes away in the middle of a run takes nothing with it.
func TestProgressTerminalGone(t *testing.T) {
	defer goleak.VerifyNone(t)
	tty := newPTY(t, 100, 24)
	p := StartProgress(ProgressConfig{Bar: tty.tty, Goal: 100})
	tty.await(t, "ETA")
	tty.close(t)
	p.Line("lost")
	p.Set(50)
	p.Done()
}

// A bar needs room; a serial console says that it has 0 columns.
func TestProgressNarrowTerminal(t *testing.T) {
	defer goleak.VerifyNone(t)
	tty := newPTY(t, 0, 0)
	p := StartProgress(ProgressConfig{Bar: tty.tty, Goal: 100})
	p.Line("plain")
	if got := tty.close(t); !slices.Equal(got, []string{"plain"}) {
		t.Errorf("%q", got)
	}
	p.Done()
}

func TestProgressFitsWidth(t *testing.T) {
	defer goleak.VerifyNone(t)
	tty := newPTY(t, 30, 24)
	p := StartProgress(ProgressConfig{Bar: tty.tty, Goal: 1000, Title: "pull"})
	tty.await(t, "pull")
	p.Done()
	tty.close(t)
	for _, line := range bytes.Split(tty.raw.Bytes(), []byte("\r\n")) {
		if n := len([]rune(anyEscape.ReplaceAllString(string(line), ""))); n > 30 {
			t.Errorf("a line of %d columns on a terminal of 30: %q", n, line)
		}
	}
}

func TestProgressConcurrent(t *testing.T) {
	defer goleak.VerifyNone(t)
	tty := newPTY(t, 80, 24)
	p := StartProgress(ProgressConfig{Bar: tty.tty, Goal: 1000})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for n := range 100 {
				p.Set(int64(n * i))
				p.Line("x")
			}
			p.Done()
		})
	}
	wg.Wait()
	if got := tty.close(t); len(got) != 800 {
		t.Errorf("%d lines on the screen, want 800", len(got))
	}
}

// A pipe is no terminal: no bar, no goroutine, plain lines.
func TestProgressOnPipe(t *testing.T) {
	defer goleak.VerifyNone(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	p := StartProgress(ProgressConfig{Bar: w, Goal: 100, Title: "pull"})
	p.Set(50)
	p.Line("one")
	p.Done()
	w.Close()
	var got bytes.Buffer
	if _, err := got.ReadFrom(r); err != nil {
		t.Fatal(err)
	}
	if got.String() != "one\n" {
		t.Errorf("%q", got.String())
	}
}
