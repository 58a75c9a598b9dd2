package bench

import (
	"context"
	"testing"
	"time"
)

// What would end a round of messages, or is none, is no path.
func TestPathsThatCannotBe(t *testing.T) {
	for _, bad := range []string{"", "none", "flip=1KiB", "flip=@5", "drop=1", "dup=@0", "reset=1s", "fin=@10", "blackhole=@10", "delay=1ms,insert=@1", "rate", "rate=fast", "speed=1"} {
		p := Base()
		if err := setPath(&p, bad); err == nil {
			t.Errorf("%q passes", bad)
		}
	}
	for bad, want := range map[string]string{
		"delay=1001ms":             "a delay of 1.001s: want 0 to 1s",
		"slice=7,gap=1h":           "a gap of 1h0m0s: want 0 to 1s",
		"stall=1001ms@100":         "a stall of 1.001s: want 0 to 1s",
		"delay=1s,stall=1.5s/2m":   "a stall of 1.5s: want 0 to 1s",
		"stall=24h@0,rate=10Mbit":  "a stall of 24h0m0s: want 0 to 1s",
		"delay=24h,slice=7,gap=1s": "a delay of 24h0m0s: want 0 to 1s",
	} {
		p := Base()
		if err := setPath(&p, bad); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", bad, err, want)
		}
	}
	for _, good := range []string{"delay=1s,slice=7,gap=1s,stall=1s/2m", "delay=2ms,jitter=1ms", "rate=10Mbit,burst=2KiB", "slice=7,gap=1ms", "stall=1ms@100", "rate=1Gbit,buffer=1MiB,seed=4"} {
		if p := Base(); setPath(&p, good) != nil || p.Path != good {
			t.Errorf("%q is refused", good)
		}
	}
}

// Behind a delay no answer comes sooner, and behind a rate no more bytes; what
// the proxy costs is not told as the framing's.
func TestPath(t *testing.T) {
	c := small(t)
	c.Contenders = c.Contenders[1:] // two framings and the floors
	c.Factors, c.Rounds, c.Trial = []string{"path=delay=3ms/rate=2Mbit,burst=2KiB"}, 1, 100*time.Millisecond
	e := prepare(t, c)
	result, err := e.Run(context.Background(), Observer{})
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	for _, x := range result.Cells {
		at := func(metric string) float64 { return x.Estimates[metric].Median }
		switch x.Point {
		case "path=delay=3ms":
			if p50 := at("p50_ns"); p50 < 6e6 {
				t.Errorf("%s: an answer after %v, behind 3 ms each way", x.Contender, time.Duration(p50))
			}
		case "path=rate=2Mbit,burst=2KiB":
			// What was in the bucket and in the proxy's and the sockets' buffers when
			// the measuring began comes besides: at most all that was in flight.
			const conns, inFlight = 2, 2 * 16 * 80
			if most := conns*250_000 + inFlight/0.05; at("goodput_bytes_per_s")*at("wire_per_payload") > most {
				t.Errorf("%s: %.0f bytes/s through two times 250,000", x.Contender, at("goodput_bytes_per_s")*at("wire_per_payload"))
			}
		default:
			continue
		}
		told++
		for _, cost := range []string{"cpu_ns_per_message", "allocs_per_message", "server_cpu_ns_per_message"} {
			if x.Estimates[cost] != nil {
				t.Errorf("%s at %s: %s is told", x.Contender, x.Point, cost)
			}
		}
	}
	if told != 8 {
		t.Errorf("%d cells behind a path, want 8", told)
	}
	asked := map[string]bool{}
	for _, v := range result.Verdicts {
		asked[v.Question] = true
	}
	if !asked["most messages a second, path=delay=3ms"] {
		t.Errorf("no verdict about a path: %v", asked)
	}
}
