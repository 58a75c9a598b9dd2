package cli

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/internal/report"
	"github.com/loadframe/loadframe/internal/units"
)

// scheduled are the workloads that an open loop can drive.
var scheduled = []string{client.Echo, client.Ack, client.Stamp}

// capacityFlags are the flags of capacity: those that load has for messages,
// and how to search.
type capacityFlags struct {
	loadFlags
	slo       []string
	short     units.Duration
	maxTime   units.Duration
	precision percentFlag
	confirm   int
	expect    units.Count
	between   units.Duration // trials; load's pause is between the runs of --repeat
}

func newCapacity(e *env) *cobra.Command {
	f := capacityFlags{short: units.Duration(time.Second), maxTime: units.Duration(5 * time.Minute), precision: 0.05}
	f.duration, f.timeout, f.repeat = units.Duration(5*time.Second), units.Duration(10*time.Second), 1
	cmd := &cobra.Command{
		Use:   "capacity WORKLOAD [ADDR] --slo GOAL",
		Short: "Find the highest load that still meets a goal",
		Long: `Find the highest rate of messages, in an open loop, at which the server at ADDR still
meets each GOAL: conditions joined by commas, of latency (p50 p90 p99 p999 p9999 mean
max, also service.p99) and of errors. Without an ADDR a server is started in this process.
WORKLOAD is echo, ack or stamp.

A closed loop says where to begin. Short trials double and halve the rate, then close in;
full ones (-t) confirm both ends, by majority. What comes out is an interval: a rate that
was confirmed, and one that was seen to fail. Several --slo share their trials. Connections
that fail and messages that could not be sent fail a goal that says nothing of errors.
A trial that went wrong because this machine was late is no evidence about the server:
where no better is to be had, the answer is that, and not a number.`,
		Example: `  loadframe capacity echo 10.0.0.7:8120 -P 50 --slo 'p99<2ms,errors<0.1%'
  loadframe capacity echo 10.0.0.7:8120 -P 50 --arrival constant --slo 'p99<2ms' --slo 'p50<500us' -o capacity.json
  loadframe capacity ack -l 1KiB --slo 'p99<5ms' -t 10 --max-time 10m --expect 20k`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return fmt.Errorf("capacity: of which workload? One of %s", strings.Join(scheduled, ", "))
			}
			return workloadAndAddr(cmd, args)
		},
		ValidArgs: scheduled,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := cmp.Or(notZero(cmd, "time", "length", "timeout", "batch", "short", "expect", "confirm"), notEmpty(cmd, "output", "html")); err != nil {
				return err
			}
			f.given(cmd)
			return findCapacity(cmd.Context(), e, &f, args)
		},
	}
	fl := cmd.Flags()
	f.addMessages(fl)
	fl.StringArrayVar(&f.slo, "slo", nil, "goal: p99<2ms,errors<0.1%; repeatable, each is searched for")
	require(cmd, "slo", "GOAL, such as --slo 'p99<2ms,errors<0.1%'")
	fl.VarP(&f.duration, "time", "t", "of a full trial, which decides")
	fl.Var(&f.short, "short", "of a short trial, which finds where to look")
	fl.Var(&f.maxTime, "max-time", "end the search after this time, with what is known; 0: no limit")
	fl.Var(&f.precision, "precision", "width of the interval that ends the search, in parts of its upper end: 5% or 0.05")
	fl.IntVar(&f.confirm, "confirm", 2, "full trials that have to agree, of at most one less than twice as many")
	fl.Var(&f.expect, "expect", "exit with 99 unless each goal is confirmed at so many messages/s or more")
	fl.Lookup("expect").DefValue = ""
	fl.StringVar(&f.arrival, "arrival", "poisson", "how messages are spaced: constant, poisson or burst:N")
	fl.Var(&f.between, "pause", "between trials")
	fl.Lookup("pause").DefValue = ""
	fl.BoolVarP(&f.json, "json", "J", false, "print the result as JSON on standard output, and nothing else there")
	fl.BoolVar(&f.csv, "csv", false, "print trials and goals as CSV")
	fl.StringVarP(&f.output, "output", "o", "", "write the result to this file (JSON unless another form is given), and text to standard output")
	fl.StringVar(&f.html, "html", "", "write the result as an HTML page to this file too: complete in itself, see loadframe report")
	fl.BoolVar(&f.plot, "plot", false, "draw latency against rate under the result (default: on a terminal)")
	fl.StringVarP(&f.title, "title", "T", "", "in front of the result, and in it")
	fl.StringArrayVar(&f.label, "label", nil, "KEY=VALUE to be kept with the result; repeatable")
	completeFlags(cmd, "framing", "verify", "payload", "arrival", "slo")
	return cmd
}

// configs turns the flags into what the client takes: for a closed loop, and
// for an open one whose Arrival is still to be set.
func (f *capacityFlags) configs(args []string) (closed, open client.Config, err error) {
	trial := f.loadFlags
	trial.rate, trial.arrival = "1", f.arrival
	if spacing, n, _ := strings.Cut(f.arrival, ":"); spacing != "constant" && spacing != "poisson" && spacing != "burst" || strings.Contains(n, "@") {
		return closed, open, fmt.Errorf("--arrival %s: want constant, poisson or burst:N", f.arrival)
	}
	if slices.Contains(client.Workloads(), args[0]) && !slices.Contains(scheduled, args[0]) {
		return closed, open, fmt.Errorf("capacity of %s: want a workload whose messages can be due: %s", args[0], strings.Join(scheduled, ", "))
	}
	if open, err = trial.config(args); err != nil {
		return open, open, err
	}
	if time.Duration(f.duration) < time.Duration(f.short) {
		return open, open, fmt.Errorf("-t %s: a full trial is shorter than a short one, %s", &f.duration, &f.short)
	}
	if end := time.Duration(f.maxTime); end > 0 && time.Duration(f.omit) >= end {
		return open, open, fmt.Errorf("-O %s: the warm-up of one trial takes all of --max-time %s", &f.omit, &f.maxTime)
	}
	trial.rate, trial.arrival = "", ""
	if trial.depth == 0 {
		trial.depth = closedDepth
	}
	trial.duration = f.short
	closed, err = trial.config(args)
	return closed, open, err
}

// closedDepth keeps a server busy while replies are on their way, and is no
// overload.
const closedDepth = 16

// spec is the schedule of a trial.
func (f *capacityFlags) spec(rate float64) string {
	text := strconv.FormatFloat(rate, 'f', -1, 64)
	if strings.HasPrefix(f.arrival, "burst") {
		return f.arrival + "@" + text
	}
	return f.arrival + ":" + text
}

// goals reads --slo.
func (f *capacityFlags) goals() (goals []goal, err error) {
	for _, text := range f.slo {
		g, err := parseGoal(text)
		if err != nil {
			return nil, err
		}
		goals = append(goals, g)
	}
	if len(goals) == 0 {
		return nil, errors.New("--slo: want a goal, such as p99<2ms,errors<0.1%")
	}
	return goals, nil
}

func (f *capacityFlags) plan(least, most float64) report.Plan {
	return report.Plan{
		Precision: float64(f.precision), ShortS: time.Duration(f.short).Seconds(), FullS: time.Duration(f.duration).Seconds(), Confirm: f.confirm,
		Arrival: f.arrival, Least: least, Most: most, MaxTimeS: time.Duration(f.maxTime).Seconds(), Expected: float64(f.expect),
	}
}

// percentFlag is a part of one. It is a pflag.Value.
type percentFlag float64

func (p *percentFlag) Set(text string) error {
	number, percent := strings.CutSuffix(text, "%")
	v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if percent {
		v /= 100
	}
	if err != nil || !(v >= 0.001 && v <= 0.5) {
		return fmt.Errorf("part %.64q: want 0.1%% to 50%%, or 0.001 to 0.5", text)
	}
	*p = percentFlag(v)
	return nil
}

func (p *percentFlag) String() string {
	return strconv.FormatFloat(float64(*p)*100, 'g', 6, 64) + "%"
}
func (p *percentFlag) Type() string { return "part" }
