package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/loadframe/loadframe/internal/report"
)

// Config says what is compared and for how long. The zero value is the whole
// experiment in about three minutes; to run it takes a Server or an Addr.
type Config struct {
	Contenders []report.Contender // nil: Contenders()
	Factors    []string           // as ParseFactors returns them; nil: all, without neighbours where there is an Addr; empty: the base point alone
	Rounds     int                // of all cells; 0: 6, the fewest of which an interval of 95 % can be told
	Trial      time.Duration      // of one cell in one round, with its warm-up; 0: what makes a whole run take its time
	Trials     int                // damaged streams a cell; 0: 2000, Quick: 400
	CostRounds int                // of the codecs alone; 0: 10, Quick: 6
	Quick      bool               // half a minute: three sizes beside the base point
	Seed       uint64             // of the messages, of the order, of the damage
	Addr       string             // host:port of a server; "": servers are started
	Server     []string           // program and first arguments of a process that calls Serve with what follows them; nil: no server can be started
	Resume     string             // file of finished rounds; "": none
}

// The limits and defaults of an experiment.
const (
	defaultRounds = 6
	maxRounds     = 1000
	defaultTrials = 2000
	quickTrials   = 400
	maxTrials     = 1_000_000
)

// Experiment is what a Config comes to: points, contenders, and how long it
// takes. It is run once.
type Experiment struct {
	config     report.Experiment
	points     []report.Point
	cs         []report.Contender
	cells      []*cell
	timing     timing
	whole      time.Duration // of all rounds; 0: trials are as long as was asked for
	cut        time.Duration // what was measured in the shortest trials, where they had to be shorter; 0: nowhere
	costRounds int
	resume     *rounds // finished ones
	path       string  // of them; "": not kept
	server     []string
}

// Observer is told how an experiment goes on, by one goroutine. A nil function is
// not called.
type Observer struct {
	Phase func(name string, steps int) // begins
	Step  func(done int)               // of its steps
}

// Prepare settles an experiment, and takes up the rounds that are finished. It
// refuses what cannot be measured, and a file that is of another experiment.
func Prepare(c Config) (*Experiment, error) {
	e := &Experiment{path: c.Resume, server: c.Server}
	var err error
	if c, err = c.resolve(); err != nil {
		return nil, err
	}
	if e.cs, err = checkContenders(c.Contenders); err != nil {
		return nil, err
	}
	if e.points, err = Points(c.Factors); err != nil {
		return nil, err
	}
	if e.cells, err = cells(e.cs, e.points, c.Seed, c.Addr != ""); err != nil {
		return nil, err
	}
	e.whole, e.timing = c.whole(), c.timing(e.runnable())
	e.costRounds = c.CostRounds
	e.config = report.Experiment{
		Seed: c.Seed, Rounds: c.Rounds, TrialS: e.timing.measured.Seconds(), OmitS: e.timing.omit.Seconds(), Trials: c.Trials, Factors: c.Factors, Addr: c.Addr, Apart: c.Addr == "",
	}
	if e.resume, err = loadRounds(c.Resume, e); err != nil {
		return nil, err
	}
	return e, nil
}

func (c Config) resolve() (Config, error) {
	if c.Contenders == nil {
		c.Contenders = Contenders()
	}
	switch {
	case c.Factors != nil:
	case c.Quick:
		c.Factors = quickFactors
	default:
		for _, f := range FactorNames() {
			if f != "neighbour" || c.Addr == "" {
				c.Factors = append(c.Factors, f) // nobody is attacked without being asked for
			}
		}
	}
	if c.Factors == nil {
		c.Factors = []string{} // an array in every document
	}
	if c.Rounds == 0 {
		c.Rounds = defaultRounds
	}
	if c.Trials == 0 {
		if c.Trials = defaultTrials; c.Quick {
			c.Trials = quickTrials
		}
	}
	if c.CostRounds == 0 {
		if c.CostRounds = costRounds; c.Quick {
			c.CostRounds = quickCostRounds
		}
	}
	switch {
	case c.Rounds < 1 || c.Rounds > maxRounds:
		return c, fmt.Errorf("bench: %d rounds: want 1 to %d", c.Rounds, maxRounds)
	case c.Trials < 1 || c.Trials > maxTrials:
		return c, fmt.Errorf("bench: %d damaged streams a cell: want 1 to %d", c.Trials, maxTrials)
	case c.CostRounds < 1 || c.CostRounds > maxCostRounds:
		return c, fmt.Errorf("bench: the codecs alone in %d rounds: want 1 to %d", c.CostRounds, maxCostRounds)
	case c.Trial != 0 && (c.Trial < minTrial || c.Trial > maxTrial):
		return c, fmt.Errorf("bench: a trial of %v: want %v to %v", c.Trial, minTrial, maxTrial)
	}
	return c, nil
}

// runnable returns how many cells are not refused.
func (e *Experiment) runnable() (n int) {
	for _, x := range e.cells {
		if x.refused == "" {
			n++
		}
	}
	return n
}

// Config returns what is asked for, with the defaults filled in.
func (e *Experiment) Config() report.Experiment { return e.config }

// Points returns where the contenders meet.
func (e *Experiment) Points() []report.Point { return e.points }

// Contenders returns who is compared.
func (e *Experiment) Contenders() []report.Contender { return e.cs }

// Finished returns how many rounds there are already.
func (e *Experiment) Finished() int { return e.resume.Done }

// Trial returns how long one cell takes in one round, warm-up included.
func (e *Experiment) Trial() time.Duration { return e.timing.trial() }

// Takes returns about how long what is left takes.
func (e *Experiment) Takes() time.Duration {
	return time.Duration(max(0, e.config.Rounds-e.resume.Done)*e.runnable())*(e.Trial()+betweenTrials) + time.Duration(e.costRounds)*costTime
}

// Run measures round after round, and then what needs no network. When ctx ends,
// it returns the whole rounds so far and no error. An error comes with what was
// measured before it, if that is a round.
func (e *Experiment) Run(ctx context.Context, o Observer) (*report.Comparison, error) {
	start := time.Now()
	c := &report.Comparison{
		Schema: report.ComparisonSchema, Tool: report.ThisTool(), Host: report.ThisHost(), Start: start,
		Experiment: e.config, Contenders: e.cs, Points: e.points,
	}
	watch := startWatch()
	err := e.rounds(ctx, o)
	if err == nil && ctx.Err() == nil {
		err = e.unconnected(ctx, o, c)
	}
	c.Incomplete = ctx.Err() != nil || err != nil
	if ctx.Err() != nil {
		err = nil // the whole rounds are what there is to tell
	}
	c.Experiment.Rounds = e.resume.Done
	if gerr := e.gather(c); gerr != nil {
		err = errors.Join(err, gerr)
	}
	c.Health = watch.health(c, e.cut)
	if c.DurationS = time.Since(start).Seconds(); err != nil {
		c.Error = err.Error()
	}
	if err == nil && e.resume.Done > 0 {
		c.Verdicts = Conclude(c)
	}
	return c, err
}

// rounds measures those that are left. Each is kept when it is whole.
func (e *Experiment) rounds(ctx context.Context, o Observer) (err error) {
	s, err := startServers(e.server, e.config.Addr, e.cs)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	o.phase("rounds", (e.config.Rounds-e.resume.Done)*e.runnable())
	steps, left := 0, e.budget(time.Now())
	defer func() { e.cut = left.cut.measured }()
	for r := e.resume.Done; r < e.config.Rounds; r++ {
		t := left.round(time.Now())
		trials := make([]*trial, len(e.cells))
		for _, i := range e.order(r) {
			if ctx.Err() != nil {
				return nil
			}
			if trials[i], err = e.cells[i].run(ctx, s, t, e.seedOf(r)); err != nil {
				return err
			}
			if e.cells[i].holdsMemory(s) {
				bytes, err := e.cells[i].memory(ctx, s)
				if err != nil {
					return err
				}
				trials[i].values["memory_bytes_per_connection"] = bytes
			}
			steps++
			o.step(steps)
		}
		if err := e.resume.add(e, trials); err != nil {
			return err
		}
		if e.path != "" {
			if err := e.resume.save(e.path); err != nil {
				return err
			}
		}
	}
	return nil
}

// seedOf returns the seed of a round's messages. Connections count on from it.
func (e *Experiment) seedOf(round int) uint64 { return e.config.Seed + uint64(round)<<32 }

// order returns the numbers of the cells in the order in which a round measures
// them: point by point, the contenders of each shuffled anew, so that none
// always follows the same one.
func (e *Experiment) order(round int) (all []int) {
	for p := range e.points {
		r := rand.New(rand.NewPCG(e.config.Seed, uint64(round)<<32|uint64(p)))
		for _, k := range r.Perm(len(e.cs)) {
			if i := p*len(e.cs) + k; e.cells[i].refused == "" {
				all = append(all, i)
			}
		}
	}
	return all
}

func (o Observer) phase(name string, steps int) {
	if o.Phase != nil {
		o.Phase(name, steps)
	}
}

func (o Observer) step(done int) {
	if o.Step != nil {
		o.Step(done)
	}
}
