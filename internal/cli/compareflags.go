package cli

import (
	"cmp"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/loadframe/loadframe/bench"
	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/units"
)

// compareFlags are the flags of compare.
type compareFlags struct {
	framing    []string
	factors    []string
	rounds     int
	trial      units.Duration
	trials     int
	costRounds int
	seed       uint64
	quick      bool
	resume     string
	json       bool
	csv        bool
	bench      bool
	output     string
	html       string
}

func newCompare(e *env) *cobra.Command {
	var f compareFlags
	cmd := &cobra.Command{
		Use:   "compare [ADDR]",
		Short: "Measure framings side by side, under the same schedule and the same abuse",
		Long: `Measure framings side by side: the same messages, sizes, batches and connections for
each, against a server that is started for it in a process of its own or, with ADDR
(host:port), another one. Rounds are interleaved (A B A B, in an order that the seed shuffles), so that whatever the
machine does meanwhile hits all alike. Every byte that comes back is verified.

One factor at a time is varied around a base point (echo, 64 bytes, 16 in flight on
each of two connections):

    size          payload bytes, also lognormal:MEDIAN,SIGMA and bimodal:A,B,PART
    payload       zeros, text, random, worst (for each framing its own)
    segments      the client's writes cut: 1, 7, 536, 1448, random, head, delimiter
    batch         messages a write           depth         requests in flight
    connections   of the client              workload      ack, pull
    reader        a pause before each read of the client
    path          an impairing proxy between: delay=1ms, rate=10Mbit, slice=536, ...
    neighbour     a hostile peer beside: claim, head, dribble, flood, deaf
    scenario      telemetry, rpc, transfer

Beside the framings stand two floors: null is the same server and client with a codec
that does nothing, bare-echo a plain loop that never looks at what it returns. What a
framing cannot carry is refused, and the reason is a result. Overhead, damage and the
codecs alone are counted and timed behind the rounds, without a network.

The whole takes about three minutes, --quick half of one. With --resume FILE finished
rounds are kept there, and the same experiment goes on with them.`,
		Example: `  loadframe compare
  loadframe compare --quick --framing u32,cobs,line,delim:sep=0d0a
  loadframe compare --framing u32,again=u32 --factors base --rounds 12 -t 500ms
  loadframe compare --factors size=16/1024/64KiB --factors segments,neighbour -o compare.json
  loadframe compare --resume rounds.json --bench`,
		Args: oneAddr,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := cmp.Or(notZero(cmd, "rounds", "trial", "damage-trials", "cost-rounds"), notEmpty(cmd, "resume", "output", "html")); err != nil {
				return compareUsage(e, &f, err)
			}
			return compare(cmd.Context(), e, &f, args)
		},
	}
	fl := cmd.Flags()
	fl.StringArrayVar(&f.framing, "framing", nil, "what is compared, SPEC or NAME=SPEC with commas between; repeatable (default: one of each kind)")
	fl.StringArrayVar(&f.factors, "factors", nil, "what is varied, with commas between, or one as FACTOR=VALUE/VALUE; base varies nothing; repeatable (default: all; neighbour not against ADDR)")
	fl.IntVar(&f.rounds, "rounds", 0, "how often each cell is measured (default 6, the fewest for intervals of 95 %)")
	fl.VarP(&f.trial, "trial", "t", "of one cell in one round, warm-up included (default: what makes the whole take its time)")
	fl.Lookup("trial").DefValue = ""
	fl.IntVar(&f.trials, "damage-trials", 0, "damaged streams a cell of the damage table (default 2000, quick 400)")
	fl.IntVar(&f.costRounds, "cost-rounds", 0, "how often the codecs alone are measured (default 10, quick 6)")
	fl.Uint64Var(&f.seed, "seed", 0, "of messages, order and damage")
	fl.BoolVar(&f.quick, "quick", false, "half a minute: three sizes beside the base point")
	fl.StringVar(&f.resume, "resume", "", "keep finished rounds in this file, and go on with those that are there")
	fl.BoolVarP(&f.json, "json", "J", false, "print the comparison as JSON on standard output, and nothing else there")
	fl.BoolVar(&f.csv, "csv", false, "print all figures as CSV")
	fl.BoolVar(&f.bench, "bench", false, "print the rounds as Go benchmark text, for benchstat -col /framing")
	fl.StringVarP(&f.output, "output", "o", "", "write the comparison to this file (JSON unless another form is given), and text to standard output")
	fl.StringVar(&f.html, "html", "", "write the comparison as an HTML page to this file too: complete in itself, see loadframe report")
	completeCompare(cmd)
	return cmd
}

// completeCompare tells the shell what framings and factors there are.
func completeCompare(cmd *cobra.Command) {
	for name, words := range map[string][]cobra.Completion{"framing": codec.Names(), "factors": append(bench.FactorNames(), "base")} {
		if err := cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)); err != nil {
			panic(err) // a flag that is not there: every test finds it
		}
	}
}

// config turns the flags into what is measured.
func (f *compareFlags) config(args []string) (c bench.Config, err error) {
	c = bench.Config{Rounds: f.rounds, Trial: time.Duration(f.trial), Trials: f.trials, CostRounds: f.costRounds, Seed: f.seed, Quick: f.quick, Resume: f.resume}
	if len(args) > 0 {
		if _, _, err := net.SplitHostPort(args[0]); err != nil {
			return c, fmt.Errorf("address %q: want host:port", args[0])
		}
		c.Addr = args[0]
	} else if c.Server, err = compareServer(); err != nil {
		return c, err
	}
	if len(f.framing) > 0 {
		if c.Contenders, err = bench.ParseContenders(f.framing); err != nil {
			return c, err
		}
	}
	if len(f.factors) > 0 {
		if c.Factors, err = bench.ParseFactors(f.factors); err != nil {
			return c, err
		}
		c.Factors = slices.Clip(append([]string{}, c.Factors...)) // none is not "the default"
	}
	return c, nil
}

// format is the document that is asked for, and how many are.
func (f *compareFlags) format() (format, error) {
	var asked []string
	form := asText
	for _, o := range []struct {
		on bool
		f  format
	}{{f.json, asJSON}, {f.csv, asCSV}, {f.bench, asBench}} {
		if o.on {
			asked, form = append(asked, string(o.f)), o.f
		}
	}
	if len(asked) > 1 {
		return form, fmt.Errorf("%s: a comparison is told in one form", strings.Join(asked, " and "))
	}
	if f.html != "" && f.html == f.output {
		return form, fmt.Errorf("--html and -o: both want %s", f.html)
	}
	if f.output != "" && form == asText {
		form = asJSON
	}
	return form, nil
}
