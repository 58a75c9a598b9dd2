package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/loadframe/loadframe/bench"
	"github.com/loadframe/loadframe/internal/report"
	"github.com/loadframe/loadframe/internal/report/page"
	"github.com/loadframe/loadframe/internal/units"
)

// comparing is one compare command, with where its result goes.
type comparing struct {
	env      *env
	format   format
	document io.Writer   // nil: text alone
	file     *outputFile // behind document; nil: it is standard output
	page     *outputFile // of --html; nil: not asked for
	text     io.Writer   // nil: the document has standard output for itself
}

func compare(ctx context.Context, e *env, f *compareFlags, args []string) error {
	form, err := f.format()
	if err != nil {
		return compareUsage(e, f, err)
	}
	config, err := f.config(args)
	if err != nil {
		return compareUsage(e, f, err)
	}
	x, err := bench.Prepare(config)
	if err != nil {
		return compareUsage(e, f, err)
	}
	c := comparing{env: e, format: form}
	if err := c.open(f); err != nil {
		return compareUsage(e, f, err)
	}
	ctx, stop := interruptible(ctx)
	defer stop()
	c.announce(x)
	progress := phases{bar: terminal(e.stderr)}
	result, err := x.Run(ctx, bench.Observer{Phase: progress.begin, Step: progress.step})
	progress.end()
	result.Command = e.args
	if werr := c.end(result); werr != nil && err == nil {
		err = werr
	}
	switch {
	case ctx.Err() != nil:
		return &exitError{exitInterrupted, errInterrupted}
	case err != nil:
		return failed(err)
	}
	return nil
}

// compareUsage tells of a command line that cannot be run, as a document too if
// it asks for JSON on standard output.
func compareUsage(e *env, f *compareFlags, err error) error {
	if f.json && f.output == "" {
		c := report.Comparison{Tool: report.ThisTool(), Command: e.args, Host: report.ThisHost(), Start: time.Now(), Error: err.Error()}
		err = errors.Join(err, c.WriteJSON(e.stdout))
	}
	return usage(err)
}

// open opens the files before the time is spent.
func (c *comparing) open(f *compareFlags) (err error) {
	if f.html != "" {
		if c.page, err = createOutputFile("--html", f.html); err != nil {
			return err
		}
	}
	switch {
	case f.output != "":
		if c.file, err = createOutputFile("--output", f.output); err != nil {
			if c.page != nil {
				err = c.page.finish(err) // nothing is left of it
			}
			return err
		}
		c.document, c.text = c.file, c.env.stdout
	case c.format == asText:
		c.text = c.env.stdout
	default:
		c.document = c.env.stdout
	}
	return nil
}

// announce says what is about to be done, and how long it will take.
func (c *comparing) announce(x *bench.Experiment) {
	if c.text == nil {
		return
	}
	e := x.Config()
	fmt.Fprintf(c.text, "comparing %s at %s in %s of trials of %v: about %v\n", plural(len(x.Contenders()), "contender"),
		plural(len(x.Points()), "point"), plural(e.Rounds-x.Finished(), "round"), x.Trial(), x.Takes().Round(time.Second))
	if n := x.Finished(); n > 0 {
		fmt.Fprintf(c.text, "taking up %s\n", plural(n, "finished round"))
	}
}

// plural returns a count with its noun.
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return units.FormatDigits(int64(n)) + " " + noun + "s"
}

// end tells the result. The file of a comparison that has nothing is written all
// the same: it says why.
func (c *comparing) end(result *report.Comparison) error {
	if c.page == nil {
		return c.write(result)
	}
	return errors.Join(c.write(result), c.page.finish(page.Write(c.page, page.Document{Body: result})))
}

// write writes the document and the text.
func (c *comparing) write(result *report.Comparison) error {
	if c.text != nil {
		if err := result.WriteText(c.text); err != nil {
			return err
		}
	}
	if c.document == nil {
		return nil
	}
	var err error
	switch c.format {
	case asCSV:
		err = result.WriteCSV(c.document)
	case asBench:
		err = result.WriteBench(c.document)
	default:
		err = result.WriteJSON(c.document)
	}
	if c.file == nil {
		return err
	}
	return c.file.finish(err)
}

// phases shows one bar after the other, on a terminal only.
type phases struct {
	bar     *os.File
	present *report.Progress
}

func (p *phases) begin(name string, steps int) {
	p.end()
	p.present = report.StartProgress(report.ProgressConfig{Bar: p.bar, Title: name, Goal: int64(steps), Unit: report.Messages})
}

func (p *phases) step(done int) { p.present.Set(int64(done)) }
func (p *phases) end()          { p.present.Done() }
