package cli

import (
	"errors"
	"io"
	"regexp"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/loadframe/loadframe/internal/report"
	"github.com/loadframe/loadframe/internal/report/page"
)

// format is a form in which a result is told, named by its flag.
type format string

const (
	asText   format = ""
	asJSON   format = "-J"
	asStream format = "--json-stream"
	asCSV    format = "--csv"
	asBench  format = "--bench"
)

// output is where a result goes: a document in one of the formats for
// programs, text for a person, or both.
type output struct {
	format   format
	iperf3   bool           // the keys of the JSON
	document io.Writer      // nil: text alone
	file     *outputFile    // behind document; nil: it is standard output
	page     *outputFile    // of --html; nil: not asked for
	text     io.Writer      // nil: the document has standard output for itself
	columns  int            // of the plot under the text; 0: none
	stream   *report.Stream // nil: no lines while the run goes on
	began    bool           // the stream has its first line
}

// newOutput never returns nil: what is wrong with the flags can be told too.
func newOutput(e *env, f *outputFlags) (o *output, err error) {
	o = &output{format: f.format()}
	switch {
	case o.format == asText:
		o.text = e.stdout
	case f.output == "":
		o.document = e.stdout
	}
	if err := f.check(); err != nil {
		return o, err
	}
	if f.output != "" {
		if o.file, err = createOutputFile("--output", f.output); err != nil {
			return o, err
		}
		o.document, o.text = o.file, e.stdout
	}
	if f.html != "" {
		if o.page, err = createOutputFile("--html", f.html); err != nil {
			return o, err
		}
	}
	if o.format == asStream {
		o.stream = report.NewStream(o.document)
	}
	if o.text != nil {
		o.columns = plotColumns(e.stdout, f)
	}
	return o, nil
}

// plotColumns is the width of the plot: that of the terminal, or if there is
// none and it was asked for, of most.
func plotColumns(w io.Writer, f *outputFlags) int {
	width := 0
	if t := terminal(w); t != nil {
		width, _, _ = term.GetSize(int(t.Fd())) // 0 of what is none
	}
	switch {
	case f.plotted && !f.plot:
		return 0
	case f.plot && width == 0:
		return 80
	}
	return width
}

// start tells what is about to be run.
func (o *output) start(r *report.Result) {
	if o.stream != nil && !o.began {
		o.began = true
		o.stream.Start(r)
	}
}

// run tells that one of several runs begins.
func (o *output) run(i, of int) {
	if o.stream != nil {
		o.stream.Run(i, of)
	}
}

func (o *output) interval(v report.Interval) {
	if o.stream != nil {
		o.stream.Interval(v)
	}
}

// end tells the result. Interrupting a run is no failure to the person who did
// it; a program finds the reason in the document.
func (o *output) end(r *report.Result, conns []report.Connection, interrupted bool) error {
	if o.text != nil && r.DurationS > 0 {
		if err := report.WriteText(o.text, r); err != nil {
			return err
		}
		if err := report.WritePlot(o.text, r, o.columns); err != nil {
			return err
		}
	}
	if interrupted && !r.Failed() {
		c := *r
		c.Error = errInterrupted.Error()
		r = &c
	}
	drawn := o.draw(r)
	if o.document == nil {
		return drawn
	}
	err := errors.Join(drawn, o.write(r, conns))
	if o.file == nil {
		return err
	}
	return o.file.finish(err)
}

// draw writes the page of a document, if one was asked for.
func (o *output) draw(document any) error {
	if o.page == nil {
		return nil
	}
	return o.page.finish(page.Write(o.page, page.Document{Body: document}))
}

func (o *output) write(r *report.Result, conns []report.Connection) error {
	samples := []*report.Result{r}
	if r.Repeat != nil {
		samples = r.Repeat.Runs
	}
	switch o.format {
	case asStream:
		if o.stream == nil { // the flags were wrong
			o.stream = report.NewStream(o.document)
		}
		o.start(r)
		return o.stream.End(r)
	case asCSV:
		return report.WriteCSV(o.document, samples)
	case asBench:
		return report.WriteBench(o.document, samples)
	}
	if o.iperf3 {
		return report.WriteIperf3(o.document, r, conns)
	}
	return report.WriteJSON(o.document, r, true)
}

var shortJSON = regexp.MustCompile(`^-[[:alnum:]]*J$`)

// formatAsked guesses from a command line that could not be parsed in what form
// its author wants to be told.
func formatAsked(args []string) format {
	for _, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		switch {
		case arg == "--":
			return asText
		case value == "false":
		case name == "--json", name == "--json-format", shortJSON.MatchString(arg):
			return asJSON
		case name == string(asStream), name == string(asCSV), name == string(asBench):
			return format(name)
		}
	}
	return asText
}

// refuse tells of a command line that never became a command, in the form that
// it asks for. Text has nothing to add to the line on standard error.
func refuse(e *env, err error) error {
	o := output{format: formatAsked(e.args[1:]), document: e.stdout}
	if o.format == asText {
		return nil
	}
	r := &report.Result{Tool: report.ThisTool(), Command: e.args, Host: report.ThisHost(), Start: time.Now(), Error: err.Error()}
	r.Totals.Errors = 1
	return o.end(r, nil, false)
}
