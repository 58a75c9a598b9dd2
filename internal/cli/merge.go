package cli

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/internal/report"
)

// mergeFlags are the flags of merge.
type mergeFlags struct {
	outputFlags
	partial bool
	run     string
	hlog    string
	hgrm    string
}

func newMerge(e *env) *cobra.Command {
	f := mergeFlags{outputFlags: outputFlags{repeat: 1}}
	cmd := &cobra.Command{
		Use:   "merge DIR|FILE...",
		Short: "Put the results of the segments of a run together, exactly",
		Long: `Put the results together that the instances of a run have left with --result-dir: sums,
percentiles of all messages from the histograms, bucket for bucket, rates over the time in which
any instance ran. A DIR stands for all results in it.

Results that are not one whole run are refused: a segment that is missing or there twice, one of
another run, configuration, seed or version. --allow-partial takes those that fit together, and
says what they cover. A run of which an instance failed has failed: exit status 2.`,
		Example: `  loadframe merge results --threshold 'p99<5ms,errors==0'
  loadframe merge results --run-id nightly --allow-partial -J`,
		Args: someResults,
		RunE: func(cmd *cobra.Command, args []string) error {
			f.plotted = cmd.Flags().Changed("plot")
			if err := ownFiles(&f.outputFlags, f.hlog, f.hgrm); err != nil {
				return err
			}
			return merge(e, &f, args)
		},
	}
	fl := cmd.Flags()
	fl.BoolVar(&f.partial, "allow-partial", false, "merge what fits together, and say what is missing or left out")
	fl.StringVar(&f.run, "run-id", "", "of the results in a directory, take those of this run")
	fl.StringVar(&f.hlog, "hlog", "", "write the merged histograms to this file (HdrHistogram log, a line a kind)")
	fl.StringVar(&f.hgrm, "hgrm", "", "write the percentiles of the response time to this file (HdrHistogram text)")
	all := &cobra.Command{}
	f.outputFlags.add(all)
	for _, name := range []string{"json", "csv", "bench", "output", "html", "plot", "title", "threshold"} {
		fl.AddFlag(all.Flags().Lookup(name))
	}
	return cmd
}

func merge(e *env, f *mergeFlags, args []string) error {
	out, err := newOutput(e, &f.outputFlags)
	if err != nil {
		return usage(err)
	}
	holds, err := f.conditions()
	if err != nil {
		return usage(err)
	}
	parts, err := readParts(args, f.run)
	if err != nil {
		return usage(err)
	}
	r, h, err := report.Merge(parts, f.partial)
	if runs := runIDs(parts); err != nil && len(runs) > 1 {
		err = fmt.Errorf("%w; --run-id takes the results of one run: %s", err, strings.Join(runs, ", "))
	}
	if err != nil {
		return failed(errors.Join(err, out.end(nothingMerged(e, parts, err), nil, false)))
	}
	r.Command, r.Config.Title = e.args, f.title
	checkPlan(r)
	report.CheckAll(r, holds)
	if err := errors.Join(writeMerged(f, r, h), out.end(r, nil, false)); err != nil {
		return failed(err)
	}
	if r.Failed() {
		return failed(errors.New(r.Error))
	}
	if err := missed(r); err != nil {
		return &exitError{exitMissed, err}
	}
	return nil
}

// runIDs returns the names of the runs that the parts are of.
func runIDs(parts []*report.Part) (runs []string) {
	for _, p := range parts {
		runs = append(runs, p.Result.Instance.Run)
	}
	slices.Sort(runs)
	return slices.Compact(runs)
}

// nothingMerged is the document of what could not be merged.
func nothingMerged(e *env, parts []*report.Part, err error) *report.Result {
	r := *parts[0].Result
	return &report.Result{Tool: report.ThisTool(), Command: e.args, Config: r.Config, Host: report.ThisHost(), Start: time.Now(), Workload: r.Workload,
		Framing: r.Framing, Transport: r.Transport, Error: err.Error()}
}

// maxPlan is how many messages a plan may have that is computed anew: some
// seconds.
const maxPlan = 100e6

// checkPlan compares what the instances let go with what one machine would have.
// Where nobody can say, nothing is said.
func checkPlan(r *report.Result) {
	m := r.Merged
	if m.Plan == nil || m.Covered < 1 || r.Failed() {
		return
	}
	c := &r.Config
	size := int(c.Size)
	if c.Sizes != "" {
		size = 0
	}
	whole, err := client.Config{Workload: r.Workload, Framing: c.Framing, Conns: c.Connections, Duration: seconds(c.DurationS), Omit: seconds(c.OmitS),
		Bytes: c.Bytes, Messages: c.Messages, Size: size, Sizes: c.Sizes, Payload: c.Payload, Arrival: c.Schedule, Seed: c.Seed, Plain: c.Plain, Handler: c.Handler}.Plan(maxPlan)
	if err != nil {
		return
	}
	same := whole.Messages == m.Plan.Messages && fmt.Sprintf("%016x", whole.Sum) == m.Plan.Sum
	if m.PlanWhole = &same; !same {
		r.Error = fmt.Sprintf("the instances let %d messages go that are not the %d of one machine's schedule", m.Plan.Messages, whole.Messages)
	}
}

func seconds(s float64) time.Duration { return time.Duration(s*1e9 + 0.5) }

// writeMerged writes the merged histograms.
func writeMerged(f *mergeFlags, r *report.Result, h *report.Histograms) (err error) {
	create := func(flag, path string, write func(io.Writer) error) error {
		if path == "" {
			return nil
		}
		o, err := createOutputFile(flag, path)
		if err != nil {
			return err
		}
		return o.finish(write(o))
	}
	if f.hlog+f.hgrm != "" && h.ByTag[""] == nil {
		return fmt.Errorf("--hlog, --hgrm: a %s has no latency to write", r.Workload)
	}
	return errors.Join(create("--hlog", f.hlog, func(w io.Writer) error {
		l, err := report.NewHistogramLog(w, r.Start)
		for _, tag := range h.Tags() {
			if err == nil {
				err = l.AddTagged(tag, r.Start, r.Start.Add(seconds(r.DurationS)), h.ByTag[tag])
			}
		}
		return err
	}), create("--hgrm", f.hgrm, func(w io.Writer) error { return report.WritePercentiles(w, h.ByTag[""]) }))
}
