package report

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

func ExampleShape_Line() {
	v := Interval{StartS: 0, EndS: 1, PayloadBytes: 7_420_000_000}.WithRates()
	fmt.Println(Bulk.Header())
	fmt.Println(Bulk.Line(v))
	// Output:
	// [interval]                  moved      goodput
	// [0.00-1.00 s]             7.42 GB    7.42 GB/s    59.4 Gbit/s
}

func ExampleShape_Line_requestReply() {
	v := Interval{StartS: 9, EndS: 10, PayloadBytes: 26_390_080, Messages: new(int64(412345))}.WithRates()
	v.Latency = &Latency{Response: &Quantiles{P50: 18300, P99: 1240000, Max: 3100000}}
	fmt.Println(RequestReply.Header())
	fmt.Println(RequestReply.Line(v))
	// Output:
	// [interval]               messages   messages/s      goodput
	// [9.00-10.00 s]            412,345      412,345    26.4 MB/s  p50 18.3 µs  p99 1.24 ms  max 3.10 ms
}

func TestLine(t *testing.T) {
	for _, shape := range []Shape{Bulk, RequestReply} {
		width := utf8.RuneCountInString(RequestReply.Header())
		for _, v := range []Interval{{}, {StartS: 1, EndS: 1, PayloadBytes: 5, Messages: new(int64(5))}, {StartS: 1e5, EndS: 1e5 + 1}} {
			line := shape.Line(v.WithRates())
			if strings.Contains(line, "NaN") || strings.Contains(line, "Inf") || strings.Contains(line, "n/a") {
				t.Errorf("a line with a number that is none: %q", line)
			}
			if n := utf8.RuneCountInString(line); n > width+5 {
				t.Errorf("line of %d columns: %q", n, line)
			}
		}
	}
	v := Interval{EndS: 1, Errors: 2, Omitted: true}.WithRates()
	if line := Bulk.Line(v); !strings.HasSuffix(line, "2 errors  (omitted)") {
		t.Errorf("%q", line)
	}
	v = Interval{EndS: 1, Lost: new(int64(3)), UpLost: new(int64(2)), JitterNs: new(int64(1500)), UpJitterNs: new(int64(2000)), DownJitterNs: new(int64(1000))}.WithRates()
	if line := Bulk.Line(v); !strings.HasSuffix(line, "jitter down 1.00 µs up 2.00 µs  3 lost (2 up)") {
		t.Errorf("%q", line)
	}
	// The kernel counts since connecting; the line and the row say what came in the interval.
	v = Interval{EndS: 1, Retransmits: new(int64(2)), TCPInfo: &TCPInfo{RTTNs: new(int64(1500)), Retransmits: new(int64(7))}}.WithRates()
	if line := Bulk.Line(v); !strings.HasSuffix(line, "RTT 1.50 µs  2 retransmits") {
		t.Errorf("%q", line)
	}
	if m, _ := metricNamed("retransmits"); *m.Of(v.asResult(&Result{})) != 2 {
		t.Errorf("the row of an interval has %v retransmits", *m.Of(v.asResult(&Result{})))
	}
	v = Interval{EndS: 1, Lost: new(int64(0)), Reordered: new(int64(2)), Duplicated: new(int64(1))}.WithRates()
	if line := Bulk.Line(v); !strings.HasSuffix(line, "  2 reordered  1 duplicated") {
		t.Errorf("%q", line)
	}
	if n := v.asResult(&Result{}).Totals; n.Reordered == nil || n.Duplicated == nil || *n.Reordered != 2 || *n.Duplicated != 1 {
		t.Errorf("the row of an interval has %+v", n)
	}
	// A stall is a zero, not a dash: it was measured.
	if line := RequestReply.Line(Interval{EndS: 1, Messages: new(int64(0))}.WithRates()); strings.Count(line, "-") != 1 {
		t.Errorf("%q", line)
	}
}

func TestShapeOf(t *testing.T) {
	for workload, want := range map[string]Shape{"pull": Bulk, "push": Bulk, "echo": RequestReply, "ack": RequestReply, "": Bulk} {
		if got := ShapeOf(workload); got != want {
			t.Errorf("ShapeOf(%q) = %v, want %v", workload, got, want)
		}
	}
}
