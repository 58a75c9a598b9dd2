package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"reflect"
	"slices"
	"strings"
	"testing"

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
			e := x.Estimates[m.name]
			switch {
			case m.name == "memory_bytes_per_connection":
				if ours := x.Contender != "bare-echo" && x.Point == "base"; ours != (e != nil) || ours && (len(e.Samples) != 2 || e.Median > 1<<20) {
					t.Errorf("%s at %s: memory %+v", x.Contender, x.Point, e)
				}
			case e == nil || len(e.Samples) != 2 || e.Unit != m.unit || e.Median < 0:
				t.Errorf("%s at %s: %s is %+v", x.Contender, x.Point, m.name, e)
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
