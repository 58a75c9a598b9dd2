package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/loadframe/loadframe/internal/report"
	"github.com/loadframe/loadframe/internal/units"
)

// outputFlags say in what form a run is told, what it is called, how often it
// is repeated, and what is expected of it.
type outputFlags struct {
	json       bool
	jsonFormat string
	stream     bool
	csv        bool
	bench      bool
	output     string
	html       string
	plot       bool
	plotted    bool // --plot was given
	title      string
	label      []string
	threshold  []string
	repeat     int
	pause      units.Duration
	keepGoing  bool
}

func (f *outputFlags) add(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.BoolVarP(&f.json, "json", "J", false, "print the result as JSON on standard output, and nothing else there")
	fl.StringVar(&f.jsonFormat, "json-format", "", "keys of the JSON: loadframe, or iperf3 (of a pull, push or duplex); means -J (default loadframe)")
	fl.BoolVar(&f.stream, "json-stream", false, "print JSON lines while the run goes on; the last one holds the result")
	fl.BoolVar(&f.csv, "csv", false, "print intervals and result as CSV")
	fl.BoolVar(&f.bench, "bench", false, "print the result as Go benchmark text, for benchstat")
	fl.StringVarP(&f.output, "output", "o", "", "write the result to this file (JSON unless another form is given), and text to standard output")
	fl.StringVar(&f.html, "html", "", "write the result as an HTML page to this file too: complete in itself, see loadframe report")
	fl.BoolVar(&f.plot, "plot", false, "draw latency and goodput under the summary (default: on a terminal)")
	fl.StringVarP(&f.title, "title", "T", "", "in front of the summary, and in the result")
	fl.StringArrayVar(&f.label, "label", nil, "KEY=VALUE to be kept with the result, and in the names of --bench; repeatable")
	fl.StringArrayVar(&f.threshold, "threshold", nil, "expect this of the result, else exit with 99: p99<5ms, errors==0, goodput>1Gbit; repeatable, or with commas between")
	fl.IntVar(&f.repeat, "repeat", 1, "run so many times, and tell medians and their confidence intervals")
	fl.Var(&f.pause, "pause", "between the runs of --repeat")
	fl.Lookup("pause").DefValue = ""
	fl.BoolVar(&f.keepGoing, "keep-going", false, "go on with --repeat after a run that failed")
}

// check finds what is wrong with the flags by themselves.
func (f *outputFlags) check() error {
	switch {
	case f.jsonFormat != "" && f.jsonFormat != "loadframe" && f.jsonFormat != "iperf3":
		return fmt.Errorf("--json-format %q: want loadframe or iperf3", f.jsonFormat)
	case f.stream && f.output != "":
		return fmt.Errorf("--json-stream with -o %s: the lines go to standard output, while the run goes on", f.output)
	case f.html != "" && f.html == f.output:
		return fmt.Errorf("--html and -o: both want %s", f.html)
	case f.plot && f.format() != asText && f.output == "":
		return fmt.Errorf("--plot: standard output is for the result alone; -o FILE writes it to a file")
	case f.repeat < 1 || f.repeat > maxRepeat:
		return fmt.Errorf("--repeat %d: want 1 to %d", f.repeat, maxRepeat)
	case f.repeat == 1 && (f.pause > 0 || f.keepGoing):
		return fmt.Errorf("--pause, --keep-going: want --repeat N with them")
	}
	if asked := f.asked(); len(asked) > 1 {
		return fmt.Errorf("%s and %s: a run is told in one form", asked[0], asked[1])
	}
	if f.repeat > 1 && f.jsonFormat == "iperf3" {
		return fmt.Errorf("--json-format iperf3: its keys tell of one run, not of --repeat %d", f.repeat)
	}
	return nil
}

// maxRepeat bounds what is kept of all runs.
const maxRepeat = 10000

// asked returns the machine formats that were asked for.
func (f *outputFlags) asked() (all []format) {
	for _, o := range []struct {
		on bool
		f  format
	}{{f.json || f.jsonFormat != "", asJSON}, {f.stream, asStream}, {f.csv, asCSV}, {f.bench, asBench}} {
		if o.on {
			all = append(all, o.f)
		}
	}
	return all
}

// format is the first that was asked for: there is but one, or the flags are
// wrong, and then that is told in it.
func (f *outputFlags) format() format {
	switch all := f.asked(); {
	case len(all) > 0:
		return all[0]
	case f.output != "":
		return asJSON
	}
	return asText
}

func (f *outputFlags) conditions() (all []report.Condition, err error) {
	for _, text := range f.threshold {
		cs, err := report.ParseConditions(text)
		if err != nil {
			return nil, err
		}
		all = append(all, cs...)
	}
	return all, nil
}

func (f *outputFlags) labels() (map[string]string, error) {
	var labels map[string]string
	for _, text := range f.label {
		key, value, ok := strings.Cut(text, "=")
		if !ok || key == "" || strings.ContainsAny(key, " \t\n/-") {
			return nil, fmt.Errorf("--label %q: want KEY=VALUE, the key without blanks, slashes and minuses", text)
		}
		if _, twice := labels[key]; twice {
			return nil, fmt.Errorf("--label %q: the key %s is given twice", text, key)
		}
		if labels == nil {
			labels = map[string]string{}
		}
		labels[key] = value
	}
	return labels, nil
}
