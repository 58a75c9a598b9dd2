package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/loadframe/loadframe/internal/report"
	"github.com/loadframe/loadframe/internal/report/page"
)

// reportFlags are the flags of report.
type reportFlags struct {
	html, text, csv, bench bool
	output                 string
}

func newReport(e *env) *cobra.Command {
	f := reportFlags{}
	cmd := &cobra.Command{
		Use:   "report FILE...",
		Short: "Draw saved results as one HTML page",
		Long: `Draw the documents that load, compare, capacity, send and recv write with -J as one
HTML page that is complete in itself: it works offline, on a phone and on paper.
- is standard input. Results of load lie over each other, a line and a column for
each, under the name of their file; other documents follow one another.

    --html   the page (default)
    --text   the summaries
    --csv    tables, of documents of one kind
    --bench  Go benchmark text, for benchstat`,
		Example: `  loadframe report result.json -o result.html
  loadframe report before.json after.json -o change.html
  loadframe load echo -t 5 -J | loadframe report - > echo.html`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("report: which files? - is standard input")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := notEmpty(cmd, "output"); err != nil {
				return err
			}
			return render(e, &f, args)
		},
	}
	fl := cmd.Flags()
	fl.BoolVar(&f.html, "html", false, "write the page (default)")
	fl.BoolVar(&f.text, "text", false, "write the summaries that the commands print")
	fl.BoolVar(&f.csv, "csv", false, "write tables")
	fl.BoolVar(&f.bench, "bench", false, "write Go benchmark text")
	fl.StringVarP(&f.output, "output", "o", "", "write to this file and not to standard output")
	return cmd
}

// asked returns the forms that were asked for.
func (f *reportFlags) asked() (all []string) {
	for _, o := range []struct {
		on   bool
		flag string
	}{{f.html, "--html"}, {f.text, "--text"}, {f.csv, "--csv"}, {f.bench, "--bench"}} {
		if o.on {
			all = append(all, o.flag)
		}
	}
	return all
}

// render reads everything before it writes anything.
func render(e *env, f *reportFlags, paths []string) error {
	if asked := f.asked(); len(asked) > 1 {
		return usage(fmt.Errorf("%s and %s: a report has one form", asked[0], asked[1]))
	}
	write := writePage
	switch {
	case f.text:
		write = writeTexts
	case f.csv:
		write = writeTables
	case f.bench:
		write = writeBenchmarks
	case f.output == "":
		if t := terminal(e.stdout); t != nil && term.IsTerminal(int(t.Fd())) {
			return usage(errors.New("a page is nothing for a terminal: -o report.html writes it to a file"))
		}
	}
	docs, err := readDocuments(e.stdin, paths)
	if err != nil {
		return usage(err)
	}
	if f.output == "" {
		if err := write(e.stdout, docs); err != nil {
			return failed(err)
		}
		return nil
	}
	file, err := createOutputFile("--output", f.output)
	if err != nil {
		return usage(err)
	}
	if err := file.finish(write(file, docs)); err != nil {
		return failed(err)
	}
	return nil
}

// readDocuments reads the files, of which - is stdin. They are named after
// themselves; of those with one name the directory tells them apart.
func readDocuments(stdin io.Reader, paths []string) (docs []page.Document, err error) {
	names := map[string]int{}
	for _, path := range paths {
		names[baseName(path)]++
	}
	if names["-"] > 1 {
		return nil, errors.New("-: standard input can be read once")
	}
	for _, path := range paths {
		d := page.Document{Name: baseName(path)}
		if names[d.Name] > 1 {
			d.Name = path
		}
		if path == "-" {
			d.Name = "" // it says itself what it is
			d.Body, err = report.ReadDocument(stdin)
		} else {
			d.Body, err = readDocument(path)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", cmp.Or(path, `""`), err)
		}
		docs = append(docs, d)
	}
	return docs, nil
}

func readDocument(path string) (any, error) {
	if path == "" {
		return nil, errors.New("want the name of a file, or - for standard input")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, errors.Unwrap(err) // the path is told already
	}
	defer f.Close()
	return report.ReadDocument(f)
}

func baseName(path string) string {
	base := filepath.Base(path)
	return strings.TrimSuffix(base, ".json")
}

func writePage(w io.Writer, docs []page.Document) error { return page.Write(w, docs...) }

// writeTexts writes the summaries one after the other.
func writeTexts(w io.Writer, docs []page.Document) error {
	for i, d := range docs {
		if len(docs) > 1 {
			if i > 0 {
				fmt.Fprintln(w)
			}
			fmt.Fprintf(w, "%s:\n", d.Name)
		}
		var err error
		switch body := d.Body.(type) {
		case *report.Result:
			err = report.WriteText(w, body)
		case interface{ WriteText(io.Writer) error }:
			err = body.WriteText(w)
		default:
			err = formless(d, "--text")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// writeTables writes results as one table, or the table of one other document:
// tables of several kinds have no common columns.
func writeTables(w io.Writer, docs []page.Document) error {
	if runs := runsOf(docs); runs != nil {
		return report.WriteCSV(w, runs)
	}
	if d, ok := docs[0].Body.(interface{ WriteCSV(io.Writer) error }); ok && len(docs) == 1 {
		return d.WriteCSV(w)
	}
	return notAlone(docs, "--csv")
}

func writeBenchmarks(w io.Writer, docs []page.Document) error {
	if runs := runsOf(docs); runs != nil {
		return report.WriteBench(w, runs)
	}
	if d, ok := docs[0].Body.(interface{ WriteBench(io.Writer) error }); ok && len(docs) == 1 {
		return d.WriteBench(w)
	}
	return notAlone(docs, "--bench")
}

// runsOf returns every single run of results, nil if something else is among
// them.
func runsOf(docs []page.Document) (runs []*report.Result) {
	for _, d := range docs {
		r, ok := d.Body.(*report.Result)
		switch {
		case !ok:
			return nil
		case r.Repeat != nil:
			runs = append(runs, r.Repeat.Runs...)
		default:
			runs = append(runs, r)
		}
	}
	return runs
}

func notAlone(docs []page.Document, form string) error {
	if len(docs) > 1 {
		return fmt.Errorf("%s: want results of load, or one other document: the columns of several kinds are not the same", form)
	}
	return formless(docs[0], form)
}

func formless(d page.Document, form string) error {
	kind := strings.ToLower(strings.TrimPrefix(fmt.Sprintf("%T", d.Body), "*report."))
	return fmt.Errorf("%s: there is no such form of the document %q, of kind %s", form, d.Name, kind)
}
