package report

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"github.com/loadframe/loadframe/internal/units"
)

// Unit is what a progress display counts.
type Unit int

// The units of progress.
const (
	Bytes    Unit = iota // payload bytes
	Messages             // messages, requests or connections
)

// ProgressConfig describes a progress display. With neither Goal nor Duration there is nothing to be a part of, and no bar.
type ProgressConfig struct {
	Bar      *os.File      // where the bar goes if it is a terminal, usually standard error; nil: no bar
	Lines    io.Writer     // where interval lines go; nil: Bar, else nowhere
	Title    string        // in front of the bar; short
	Goal     int64         // what Set counts up to, in Unit; 0: the run is bounded by Duration
	Unit     Unit          // of Goal and Set
	Duration time.Duration // planned length of the run; with a Goal, that decides
}

// refresh is how often the bar is drawn: rarely enough that drawing costs a measured run nothing that shows.
const refresh = 200 * time.Millisecond

// Progress shows how far a run is: a bar on a terminal, and interval lines above it. Without a terminal there is no bar and no
// goroutine, and lines are plain writes. The zero value and nil show nothing. All methods may be called from any goroutine.
type Progress struct {
	done  atomic.Int64
	lines io.Writer // nil: nowhere
	above bool      // lines share the bar's terminal and must go through it

	mu  sync.Mutex    // guards the end of the bar against lines
	mpb *mpb.Progress // nil: no bar, or not any more
	bar *mpb.Bar
}

// StartProgress starts a display; the clock of a run that is bounded by time starts now. The caller must call
// [Progress.Done], which ends what this starts. The writers stay the caller's.
func StartProgress(c ProgressConfig) *Progress {
	p := &Progress{lines: c.Lines}
	if p.lines == nil && c.Bar != nil {
		p.lines = c.Bar
	}
	if c.Goal <= 0 && c.Duration <= 0 || !drawable(c.Bar) {
		return p
	}
	f, ok := p.lines.(*os.File)
	p.above = ok && term.IsTerminal(int(f.Fd()))
	p.mpb = mpb.New(mpb.WithOutput(c.Bar), mpb.WithRefreshRate(refresh))
	g := gauge{ProgressConfig: c, done: &p.done, start: time.Now()}
	// The bar asks for the state when it draws, so that Set is one atomic store. A total of 0 keeps mpb from ending the bar
	// by itself: only Done does.
	p.bar = p.mpb.New(0, mpb.BarFillerBuilder(g),
		mpb.PrependDecorators(decor.Any(func(decor.Statistics) string { return g.Title })),
		mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return g.text(time.Now()) })),
	)
	return p
}

// Set says how much has been done since the start, in the unit of the display.
func (p *Progress) Set(done int64) {
	if p != nil {
		p.done.Store(done)
	}
}

// Line writes text and a newline, above the bar if it is on the same terminal: there it shows when the bar is drawn next. After
// Done it still writes.
func (p *Progress) Line(text string) {
	if p == nil || p.lines == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.mpb != nil && p.above {
		if _, err := io.WriteString(p.mpb, text+"\n"); err == nil {
			return
		}
		// The bar lost its terminal and has ended by itself.
	}
	// A reader of the lines that went away is no reason to end a run; who needs the lines finds them in the result.
	_, _ = io.WriteString(p.lines, text+"\n")
}

// Done removes the bar and returns when nothing of it is left on the screen; it may be called more than once, and before
// the goal is reached. The lines stay.
func (p *Progress) Done() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.mpb == nil {
		return
	}
	p.bar.Abort(true) // Wait alone would wait for a bar that is never complete
	p.mpb.Wait()
	p.mpb = nil
}

// drawable reports whether a bar can be drawn on f: a terminal that knows its width. Serial consoles say 0 columns.
func drawable(f *os.File) bool {
	if f == nil || !term.IsTerminal(int(f.Fd())) {
		return false
	}
	columns, rows, err := term.GetSize(int(f.Fd()))
	return err == nil && columns >= 20 && rows >= 2
}

// gauge turns the state of a run into what a bar shows. It is read by the goroutine that draws.
type gauge struct {
	ProgressConfig
	done  *atomic.Int64
	start time.Time
}

// Build makes the gauge an mpb.BarFillerBuilder.
func (g gauge) Build() mpb.BarFiller {
	style := mpb.BarStyle().Lbound("[").Filler("=").Tip(">").Padding(" ").Rbound("]").Build()
	return mpb.BarFillerFunc(func(w io.Writer, s decor.Statistics) error {
		s.Current, s.Total = g.position(time.Now())
		return style.Fill(w, s)
	})
}

// position returns how far the run is and how far it goes: messages or bytes, else nanoseconds.
func (g gauge) position(now time.Time) (current, total int64) {
	if g.Goal > 0 {
		return min(max(g.done.Load(), 0), g.Goal), g.Goal
	}
	return int64(min(max(now.Sub(g.start), 0), g.Duration)), int64(g.Duration)
}

// text returns percentage, amount, mean rate and the time that is left: " 42 %  1.80 GB  7.42 GB/s  ETA 3s", or for a run
// that is bounded by time " 42 %  4s of 10s  1.80 GB  7.42 GB/s". Its columns are padded: else the bar would twitch.
func (g gauge) text(now time.Time) string {
	current, total := g.position(now)
	elapsed := now.Sub(g.start)
	done := g.done.Load()
	perS := PerSecond(done, elapsed.Seconds())
	amount, rate := units.FormatBytesSI(done), units.FormatBytesSI(units.Whole(perS))+"/s"
	if g.Unit == Messages {
		amount, rate = units.FormatDigits(done), units.FormatCount(units.Whole(perS))+"/s"
	}
	percent := int(float64(current) / float64(total) * 100)
	if g.Goal <= 0 {
		return fmt.Sprintf("%3d %%  %s of %s  %9s  %10s", percent, g.elapsed(elapsed), planned(g.Duration), amount, rate)
	}
	left := "-"
	if current == total {
		left = "0s"
	} else if s := PerSecond(total-current, perS); s > 0 && s < 1e6 {
		left = clock(time.Duration(s * float64(time.Second)))
	}
	return fmt.Sprintf("%3d %%  %9s  %10s  ETA %4s", percent, amount, rate, left)
}

// shortRun is from where on whole seconds tell how far a run is.
const shortRun = 10 * time.Second

// elapsed returns d as a person reads a clock, of a short run with its tenths: "4s", "0.4s".
func (g gauge) elapsed(d time.Duration) string {
	if g.Duration < shortRun {
		return fmt.Sprintf("%.1fs", d.Seconds())
	}
	return clock(d)
}

// planned returns d as it was asked for: nothing is rounded.
func planned(d time.Duration) string {
	if d < shortRun {
		return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + "s"
	}
	return d.String()
}

// clock returns d in whole seconds, as a person reads a clock.
func clock(d time.Duration) string { return d.Round(time.Second).String() }
