package report

import (
	"strings"
	"testing"
)

// What was not looked at must not read as if it were good.
func TestVerified(t *testing.T) {
	for _, c := range []struct {
		verify  string
		wrong   *int64
		payload int64
		failure string
		want    string
	}{
		{VerifyFull, new(int64(0)), 1, "", "every byte"},
		{VerifyLength, new(int64(0)), 1, "", "lengths only"},
		{VerifyFull, new(int64(0)), 1, "reset", "every byte that arrived"},
		{VerifyFull, new(int64(1234)), 1, "", "every byte: 1,234 WRONG"},
		{VerifyFull, new(int64(0)), 0, "", "no: nothing arrived"},
		{VerifyFull, nil, 1, "", "no: the run did not get that far"},
		{VerifyNone, nil, 1, "", "no"},
		{"", nil, 1, "", "no"},
	} {
		r := &Result{Config: Config{Verify: c.verify}, Totals: Totals{VerifyErrors: c.wrong, PayloadBytes: c.payload}, Error: c.failure}
		if got := r.verified(); got != c.want {
			t.Errorf("%+v: %q, want %q", c, got, c.want)
		}
	}
}

func TestOverhead(t *testing.T) {
	for _, c := range []struct {
		wire, payload int64
		want          string
	}{{100, 100, "+0.00 %"}, {1 << 32, 1<<32 - 1, "<0.01 %"}, {68, 64, "+6.25 %"}, {6, 1, "+500.00 %"}, {50, 100, "-50.00 %"}} {
		if got := overhead(c.wire, c.payload); got != c.want {
			t.Errorf("overhead(%d, %d) = %q, want %q", c.wire, c.payload, got, c.want)
		}
	}
}

// CPU seconds of one process with both ends in it must not pass for those of the client.
func TestCPU(t *testing.T) {
	for _, c := range []struct {
		cost  *Cost
		total float64
		ok    bool
	}{
		{nil, 0, false}, {&Cost{}, 0, false}, {&Cost{ClientCPUS: new(0.0)}, 0, true}, {&Cost{ClientCPUS: new(1.5), ServerCPUS: new(2.0)}, 3.5, true},
		{&Cost{ProcessCPUS: new(3.0)}, 3, true},
	} {
		if total, ok := c.cost.CPU(); total != c.total || ok != c.ok {
			t.Errorf("%+v: %v, %v, want %v, %v", c.cost, total, ok, c.total, c.ok)
		}
	}
	if got, want := (&Cost{ClientCPUS: new(1.5)}).whose(), "client 1.500 s"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// What a server has done for all segments is not divided by the messages of one, neither there nor in what merge makes of it alone.
func TestCostOfASegment(t *testing.T) {
	for _, c := range []struct {
		count  int
		want   []string
		metric float64
	}{
		{1, []string{"client 3.000 s, server 6.000 s, 30.0 ms/message", "server      600 reads of 7 B (0.500 messages), 600 writes of 7 B (0.500 messages)"}, 9},
		{3, []string{"client 3.000 s, 10.0 ms/message, server 6.000 s (whole server)", "server      600 reads, 600 writes (whole server)"}, 3},
	} {
		p := part(0, c.count, 0, 0)
		p.Result.Cost = &Cost{ClientCPUS: new(3.0), ServerCPUS: new(6.0), ServerReads: new(int64(600)), ServerWrites: new(int64(600))}
		var b strings.Builder
		if err := WriteText(&b, p.Result); err != nil {
			t.Fatal(err)
		}
		for _, want := range c.want {
			if !strings.Contains(b.String(), want) {
				t.Errorf("of %d segments: no %q in\n%s", c.count, want, b.String())
			}
		}
		r, _, err := Merge([]*Part{p}, true)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range []*Result{p.Result, r} {
			if got := cpuSeconds(r); got == nil || *got != c.metric {
				t.Errorf("of %d segments: %v CPU seconds, want %v", c.count, got, c.metric)
			}
		}
	}
}

func TestSeconds(t *testing.T) {
	for s, want := range map[float64]string{-1: "0 s", 0: "0 s", 0.0001: "100 µs", 0.579: "0.579 s", 10.0004: "10.00 s"} {
		if got := formatSeconds(s); got != want {
			t.Errorf("formatSeconds(%v) = %q, want %q", s, got, want)
		}
	}
}
