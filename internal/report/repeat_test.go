package report

import (
	"bytes"
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"
)

// The order statistics for 95 %, from the binomial table.
func TestSpreadOf(t *testing.T) {
	for _, c := range []struct {
		n          int
		low, high  float64 // of 1..n
		confidence float64
	}{{1, 1, 1, 0}, {2, 1, 2, 0.5}, {5, 1, 5, 0.9375}, {6, 1, 6, 0.96875}, {8, 1, 8, 0.9921875}, {9, 2, 8, 0.9609375}, {10, 2, 9, 0.978515625}, {20, 6, 15, 0.958610534}, {40, 14, 27, 0.961522}} {
		var values []float64
		for i := range c.n {
			values = append(values, float64(i+1))
		}
		rand.Shuffle(len(values), func(i, j int) { values[i], values[j] = values[j], values[i] })
		s := SpreadOf(values)
		if s.Low != c.low || s.High != c.high || math.Abs(s.Confidence-c.confidence) > 1e-6 || s.Median != float64(c.n+1)/2 || s.Runs != c.n {
			t.Errorf("%d values: %+v, want %v to %v at %v", c.n, s, c.low, c.high, c.confidence)
		}
	}
	if s := SpreadOf(nil); s != (Spread{}) {
		t.Errorf("of nothing: %+v", s)
	}
}

// The promise is kept: the interval misses the true median in at most 5 % of all cases, whatever the distribution.
func TestSpreadCovers(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const trials = 20000
	for _, n := range []int{6, 9, 15} {
		missed := 0
		for range trials {
			values := make([]float64, n)
			for i := range values {
				values[i] = math.Exp(r.NormFloat64()) // median 1
			}
			if s := SpreadOf(values); s.Low > 1 || s.High < 1 {
				missed++
			}
		}
		if share := float64(missed) / trials; share > 0.05+3*math.Sqrt(0.05*0.95/trials) {
			t.Errorf("%d values: missed in %.2f %%", n, 100*share)
		}
	}
}

// What the first run moved each way, and how its path was, is not that of all.
func TestCombineOfWhatOneWorkloadHas(t *testing.T) {
	run := func(datagrams, jitter int64) *Result {
		r := echo()
		r.DurationS = 1
		r.Totals.Messages, r.Totals.Connections = &datagrams, 2
		path := &Path{DelayMinNs: jitter, DelayMeanNs: jitter, DelayMaxNs: jitter, JitterNs: jitter}
		r.Path, r.Clock = path, &Clock{}
		r.Directions = &Directions{Down: Direction{PayloadBytes: 10, Sent: new(datagrams + 1), Lost: new(int64(1)), Duplicated: new(int64(0)), Path: path}, Up: Direction{PayloadBytes: 30}}
		r.Stream = &Packets{IntervalNs: 5, JitterNs: jitter}
		r.Idle = &Idle{Connections: 2, HeapBytes: jitter, StackBytes: 4, BytesPerConnection: 1}
		return r
	}
	c, err := Combine([]*Result{run(300, 10), run(100, 30)})
	if err != nil {
		t.Fatal(err)
	}
	want := Path{DelayMinNs: 10, DelayMeanNs: 15, DelayMaxNs: 30, JitterNs: 20}
	if d := c.Directions; d == nil || d.Down.PayloadBytes != 20 || d.Up.PayloadBytes != 60 || d.Up.GoodputBytesPerS != 30 || *d.Down.Sent != 402 || d.Down.Path == nil || *d.Down.Path != want || d.Up.Path != nil {
		t.Errorf("%+v", d)
	}
	if c.Path == nil || *c.Path != want || c.Clock != nil {
		t.Errorf("path %+v, clock %+v", c.Path, c.Clock)
	}
	if c.Stream == nil || c.Stream.JitterNs != 20 || c.Idle == nil || c.Idle.Connections != 4 || c.Idle.HeapBytes != 40 || c.Idle.BytesPerConnection != 12 {
		t.Errorf("stream %+v, idle %+v", c.Stream, c.Idle)
	}
}

func TestCombine(t *testing.T) {
	a, b, bad := echo(), echo(), echo()
	b.Latency.Response = &Quantiles{P99: 300000}
	b.Totals.Lost = new(int64(3)) // the others did not count that
	bad.Error = "reset"
	c, err := Combine([]*Result{a, b, bad})
	if err != nil {
		t.Fatal(err)
	}
	if *c.Totals.Messages != 3*1000123 || c.Totals.Lost != nil || c.Latency != nil || c.Error != "run 3: reset" || math.Abs(*c.Rates.MessagesPerS-*a.Rates.MessagesPerS) > 1e-6 {
		t.Errorf("%s", mustJSON(c))
	}
	found := false
	for _, s := range c.Repeat.Metrics {
		if s.Runs != 2 {
			t.Errorf("%s of %d runs", s.Metric, s.Runs)
		}
		if s.Metric == "p99" {
			found = true
			if s.Median != 256000 || s.Low != 212000 || s.High != 300000 {
				t.Errorf("p99: %+v", s)
			}
		}
	}
	if !found {
		t.Error("no p99")
	}
	var doc bytes.Buffer
	if err := WriteJSON(&doc, c, false); err != nil || !json.Valid(doc.Bytes()) {
		t.Errorf("%v", err)
	}
	if a.Totals.Connections != 64 || a.Latency == nil {
		t.Error("combining changed a run")
	}
	if _, err := Combine(nil); err == nil {
		t.Error("nothing combines")
	}
}
