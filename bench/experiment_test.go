package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/loadframe/loadframe/internal/report"
)

// small is an experiment of a moment: three framings and the floors at two
// points.
func small(t *testing.T) Config {
	cs, err := ParseContenders([]string{"u32,again=u32,line"})
	if err != nil {
		t.Fatal(err)
	}
	return Config{Contenders: cs, Factors: []string{"payload=text"}, Rounds: 2, Trial: minTrial, Trials: 20, CostRounds: 1, Seed: 3, Server: command(t)}
}

func prepare(t *testing.T, c Config) *Experiment {
	t.Helper()
	e, err := Prepare(c)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// All contenders meet at a point before the next; each round has an order of its
// own, which the seed decides.
func TestInterleaved(t *testing.T) {
	e := prepare(t, Config{Rounds: 3, Seed: 1})
	orders := map[string]bool{}
	for round := range 3 {
		order := e.order(round)
		if len(order) != e.runnable() {
			t.Fatalf("round %d has %d cells, want %d", round, len(order), e.runnable())
		}
		seen := map[int]bool{}
		point := -1
		for _, i := range order {
			if p := i / len(e.cs); p < point {
				t.Fatalf("round %d: point %d comes after point %d", round, p, point)
			} else {
				point = p
			}
			if seen[i] || e.cells[i].refused != "" {
				t.Fatalf("round %d: cell %d comes twice, or is refused", round, i)
			}
			seen[i] = true
		}
		if !slices.Equal(order, e.order(round)) {
			t.Error("an order is not the same twice")
		}
		text, _ := json.Marshal(order[:len(e.cs)])
		orders[string(text)] = true
	}
	if other := prepare(t, Config{Rounds: 3, Seed: 2}); len(orders) != 3 || slices.Equal(e.order(0), other.order(0)) {
		t.Errorf("%d orders in 3 rounds, or another seed has the same", len(orders))
	}
}

// The time is divided among the trials, and told.
func TestTiming(t *testing.T) {
	for _, c := range []struct {
		config Config
		most   time.Duration
	}{{Config{}, 160 * time.Second}, {Config{Quick: true}, 26 * time.Second}, {Config{Quick: true, Rounds: 12}, 45 * time.Second}} {
		e := prepare(t, c.config)
		if takes := e.Takes(); takes > c.most || takes < c.most/2 {
			t.Errorf("quick %t, %d rounds: %v, want up to %v", c.config.Quick, c.config.Rounds, takes, c.most)
		}
		if e.timing.omit < leastOmit || e.timing.measured < minTrial-leastOmit {
			t.Errorf("a trial of %+v", e.timing)
		}
	}
	for _, c := range []Config{{Rounds: -1}, {Rounds: maxRounds + 1}, {Trial: minTrial - 1}, {Trial: maxTrial + 1}, {Trials: -1}, {Trials: maxTrials + 1}, {CostRounds: -1}, {CostRounds: maxCostRounds + 1}} {
		if _, err := Prepare(c); err == nil {
			t.Errorf("%+v passes", c)
		}
	}
}

// A machine that takes longer between the trials gets shorter ones, all alike in
// a round, and ends when it was meant to; one that does not keeps them as long as
// they were planned.
func TestSlowMachineKeepsToItsTime(t *testing.T) {
	e := prepare(t, Config{})
	for _, slow := range []struct {
		between time.Duration
		cut     bool
	}{{betweenTrials, false}, {25 * time.Millisecond, true}, {300 * time.Millisecond, true}} {
		now := time.Now()
		begin, b := now, e.budget(now)
		for range e.config.Rounds {
			trial := b.round(now)
			if trial.trial() < leastTrial || trial.omit < leastOmit || trial.trial() > e.Trial() {
				t.Fatalf("between %v: a trial of %+v", slow.between, trial)
			}
			now = now.Add(time.Duration(e.runnable()) * (trial.trial() + slow.between))
		}
		if cut := b.cut != (timing{}); cut != slow.cut {
			t.Errorf("between %v: cut to %+v", slow.between, b.cut)
		}
		if took := now.Sub(begin); slow.between < time.Second/10 && took > wholeTime*21/20 {
			t.Errorf("between %v: %v, want %v", slow.between, took, wholeTime)
		}
	}
	e.config.Rounds *= 10
	if b := e.budget(time.Now()); time.Until(b.until) < 3*wholeTime {
		t.Error("ten times the rounds have no more time")
	}
	if b := prepare(t, small(t)).budget(time.Now()); !b.until.IsZero() {
		t.Error("trials as long as was asked for have an end")
	}
}

// A real one over loopback: every cell has its figures or its reason, counted
// ones are exact, and whatever is told of a round is told of all.
func TestSmallExperiment(t *testing.T) {
	e := prepare(t, small(t))
	steps, phases := 0, []string{}
	c, err := e.Run(context.Background(), Observer{
		Phase: func(name string, n int) { phases = append(phases, name) },
		Step:  func(int) { steps++ },
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Points) != 2 || len(c.Cells) != 10 || c.Incomplete || c.Failed() || phases[0] != "rounds" || steps < 2*9 {
		t.Fatalf("%d points, %d cells, incomplete %t, %d steps, %v", len(c.Points), len(c.Cells), c.Incomplete, steps, phases)
	}
	for _, x := range c.Cells {
		if x.Contender == "line" && x.Point == "payload=text" {
			if !strings.HasPrefix(x.Refused, "cannot carry this payload") || x.Estimates != nil {
				t.Errorf("line carries line feeds: %q", x.Refused)
			}
			continue
		}
		for _, m := range metrics {
			e := x.Estimates[m.Name]
			switch {
			case m.Name == "memory_bytes_per_connection":
				if ours := x.Contender != "bare-echo" && x.Point == "base"; ours != (e != nil) || ours && (len(e.Samples) != 2 || e.Median > 1<<20) {
					t.Errorf("%s at %s: memory %+v", x.Contender, x.Point, e)
				}
			case e == nil || len(e.Samples) != 2 || e.Unit != m.Unit || e.Median < 0:
				t.Errorf("%s at %s: %s is %+v", x.Contender, x.Point, m.Name, e)
			}
		}
		want := 1.0
		if x.Contender == "u32" || x.Contender == "again" {
			want = 68.0 / 64
		} else if x.Contender == "line" {
			want = 65.0 / 64
		}
		if got := x.Estimates["wire_per_payload"]; got == nil || got.Low != want || got.High != want {
			t.Errorf("%s at %s: wire over payload %+v, want %v", x.Contender, x.Point, got, want)
		}
		if x.Latency == nil || x.Latency.Response.Count < 2 || len(x.Intervals) != 2 || len(x.Curve) < 4 {
			t.Errorf("%s at %s: %+v, %d rounds, %d points of the curve", x.Contender, x.Point, x.Latency, len(x.Intervals), len(x.Curve))
		}
		for i := range x.Curve[1:] {
			if x.Curve[i+1].Ns < x.Curve[i].Ns || x.Curve[i+1].Percentile <= x.Curve[i].Percentile {
				t.Errorf("%s at %s: the curve falls: %+v", x.Contender, x.Point, x.Curve)
			}
		}
	}
}

// Ended early, whole rounds are there and no others; the next run goes on with
// them, and adds to what they gave without changing it.
func TestResume(t *testing.T) {
	config := small(t)
	config.Resume = filepath.Join(t.TempDir(), "rounds.json")
	ctx, cancel := context.WithCancel(context.Background())
	first, err := prepare(t, config).Run(ctx, Observer{Step: func(done int) {
		if done == 12 { // in the second round
			cancel()
		}
	}})
	if err != nil || !first.Incomplete || first.Failed() || first.Experiment.Rounds != 1 {
		t.Fatalf("incomplete %t, %d rounds, %v", first.Incomplete, first.Experiment.Rounds, err)
	}
	for _, x := range first.Cells {
		if x.Refused == "" && len(x.Estimates["messages_per_s"].Samples) != 1 {
			t.Errorf("%s at %s has %d rounds", x.Contender, x.Point, len(x.Estimates["messages_per_s"].Samples))
		}
	}
	left, err := filepath.Glob(config.Resume + "*")
	if err != nil || len(left) != 1 {
		t.Errorf("files: %q, %v", left, err)
	}

	config.Rounds = 3 // more may be asked for
	for want, change := range map[string]func(*measured){
		"cell 0 has no figures":                  func(m *measured) { m.Values = nil },
		"cell 0 has [1 1] of p99_ns in 1 rounds": func(m *measured) { m.Values["p99_ns"] = []float64{1, 1} },
		"cell 0 has [-1] of p50_ns in 1 rounds":  func(m *measured) { m.Values["p50_ns"] = []float64{-1} },
		"cell 0 has [] of wire_per_pay":          func(m *measured) { m.Values["wire_per_payload"] = nil },
	} {
		bad := config
		bad.Resume = filepath.Join(t.TempDir(), "rounds.json")
		r, err := loadRounds(config.Resume, prepare(t, config))
		if err != nil {
			t.Fatal(err)
		}
		change(&r.Cells[0])
		if err := r.save(bad.Resume); err != nil {
			t.Fatal(err)
		}
		if _, err := Prepare(bad); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	e := prepare(t, config)
	steps := 0
	second, err := e.Run(context.Background(), Observer{Phase: func(name string, n int) {
		if name == "rounds" {
			steps = n
		}
	}})
	if err != nil || second.Incomplete || second.Experiment.Rounds != 3 || steps != 2*9 {
		t.Fatalf("incomplete %t, %d rounds, %d steps, %v", second.Incomplete, second.Experiment.Rounds, steps, err)
	}
	for i, x := range second.Cells {
		if x.Refused != "" {
			continue
		}
		was, now := first.Cells[i].Estimates["p99_ns"].Samples, x.Estimates["p99_ns"].Samples
		if len(now) != 3 || was[0] != now[0] || first.Cells[i].Latency.Response.Count >= x.Latency.Response.Count {
			t.Errorf("%s at %s: %v became %v", x.Contender, x.Point, was, now)
		}
	}
}

// What is of another experiment is refused, with the difference.
func TestResumeRefuses(t *testing.T) {
	config := small(t)
	path := filepath.Join(t.TempDir(), "rounds.json")
	config.Resume = path
	e := prepare(t, config) // writes the file
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*Config){
		"seed 3 there, 4 here":               func(c *Config) { c.Seed = 4 },
		"trial 0.02 there, 0.08 here":        func(c *Config) { c.Trial = 96 * time.Millisecond },
		"contenders [{Name:u32 Framing:u32 ": func(c *Config) { c.Contenders = c.Contenders[1:] },
		"factors [payload=text] there, []":   func(c *Config) { c.Factors = []string{} },
		"server  there, 127.0.0.1:1 here":    func(c *Config) { c.Addr = "127.0.0.1:1" },
	} {
		c := config
		change(&c)
		if _, err := Prepare(c); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "of another experiment") {
			t.Errorf("%v, want %q", err, want)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	e.resume.Done = 3
	more, _ := json.Marshal(e.resume)
	for name, bad := range map[string]string{
		"is no file of rounds":                 string(text[:len(text)/2]),
		"schema ":                              "{}",
		"3 rounds are done there, and 2 asked": string(more),
		"machine ":                             strings.Replace(string(text), `"os":"`, `"os":"x`, 1),
		"cell 0 has 1 rounds of 0":             strings.Replace(string(text), `"took_s":null,"messages":null,"payload_bytes":null,"wire_bytes":null`, `"took_s":[1],"messages":[1],"payload_bytes":[1],"wire_bytes":[1]`, 1),
		"cell 0: ":                             strings.Replace(string(text), `"wire_bytes":null}`, `"wire_bytes":null,"histograms":["HISTFAAA"]}`, 1),
		"cells there":                          strings.Replace(string(text), `"cells":[`, `"cells":[{},`, 1),
	} {
		if err := os.WriteFile(path, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Prepare(config); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v, want %q", err, name)
		}
	}
	config.Resume = filepath.Join(t.TempDir(), "no", "dir")
	if _, err := Prepare(config); err == nil || !strings.Contains(err.Error(), "bench: resume: ") {
		t.Errorf("%v for a directory that is not there", err)
	}
}

// A server that is not there fails the comparison with the reason, and leaves a
// document that says so.
func TestNoServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	nc, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	addr := nc.LocalAddr().String() // the other end of a connection: nobody listens there, and nobody else can meanwhile
	config := small(t)
	config.Addr = addr
	c, err := prepare(t, config).Run(context.Background(), Observer{})
	if err == nil || !strings.Contains(c.Error, "refused") || !c.Incomplete || len(c.Cells) != 0 || c.Experiment.Addr != addr {
		t.Errorf("%v: %+v", err, c)
	}
}

// A server that is asked over the network tells its part of the cost.
func TestRemoteServer(t *testing.T) {
	s := started(t)
	config := small(t)
	config.Addr, config.Rounds = s.addr, 1
	// The server is asked for two seconds, no longer: on a machine that stands still a trial may learn nothing.
	for try := 0; ; try++ {
		c, err := prepare(t, config).Run(context.Background(), Observer{})
		if err != nil {
			t.Fatal(err)
		}
		var unknown []string
		for _, x := range c.Cells {
			switch {
			case x.Contender == "bare-echo":
				if x.Refused != "no bare echo: the server is not ours" {
					t.Errorf("bare echo: %q", x.Refused)
				}
			case x.Refused == "" && (x.Estimates["syscalls_per_message"] == nil || x.Estimates["syscalls_per_message"].Median <= 0):
				unknown = append(unknown, fmt.Sprintf("%s at %s: %+v", x.Contender, x.Point, x.Estimates["syscalls_per_message"]))
			}
		}
		if len(unknown) == 0 {
			break
		}
		if try == 4 {
			t.Fatal(unknown)
		}
	}
	var neighbours bool
	for _, p := range prepare(t, Config{Addr: s.addr}).points {
		neighbours = neighbours || p.Neighbour != ""
	}
	if neighbours {
		t.Error("somebody's server is attacked without being asked for")
	}
}

// The document of an experiment meets the schema's rule that what is configured
// is told.
func TestConfigIsTold(t *testing.T) {
	e := prepare(t, small(t))
	want := report.Experiment{Seed: 3, Rounds: 2, TrialS: 0.02, OmitS: 0.01, Trials: 20, Factors: []string{"payload=text"}, Apart: true}
	if !reflect.DeepEqual(e.Config(), want) {
		t.Errorf("%+v, want %+v", e.Config(), want)
	}
}
