package report

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

// stall is a pull of 300 intervals that stood still for a while, with a warm-up that nobody wants to see.
func stall() *Result {
	r := pull()
	r.Intervals = []Interval{{EndS: 1, GoodputBytesPerS: 1e12, Omitted: true}}
	for i := range 300 {
		v := Interval{StartS: float64(i), EndS: float64(i + 1), PayloadBytes: 1e9 + int64(i)*5e6}
		if i >= 150 && i < 180 {
			v.PayloadBytes = 0
		}
		r.Intervals = append(r.Intervals, v.WithRates())
	}
	return r
}

func TestPlot(t *testing.T) {
	for name, r := range map[string]*Result{"echo": echo(), "stall": stall(), "repeated": repeated()} {
		for _, columns := range []int{80, 60} {
			var b bytes.Buffer
			if err := WritePlot(&b, r, columns); err != nil {
				t.Fatal(err)
			}
			golden(t, fmt.Sprintf("plot-%s-%d.txt", name, columns), b.Bytes())
		}
	}
}

// Whatever there is to draw, it has its place: no line is wider than the terminal, none ends in blanks, and nothing breaks it.
func TestPlotIsBounded(t *testing.T) {
	results := map[string]*Result{"zero": {}, "stall": stall(), "failed": failed()}
	for name, q := range map[string]Quantiles{
		"one value": {Count: 1, Min: 500, P50: 500, P90: 500, P99: 500, P999: 500, P9999: 500, Max: 500}, "zeros": {Count: 1},
		"hour": {Count: 9, Min: 1, P50: 1, P90: 2, P99: 3, P999: 4, P9999: 5, Max: 3600e9}, "negative": {Min: -5, P50: -1, Max: -1},
	} {
		r := echo()
		r.Latency = &Latency{Service: &q}
		results[name] = r
	}
	for name, r := range results {
		for columns := -1; columns < 200; columns++ {
			var b bytes.Buffer
			if err := WritePlot(&b, r, columns); err != nil {
				t.Fatal(err)
			}
			if columns < plotLeast && b.Len() > 0 {
				t.Fatalf("%s: something on %d columns", name, columns)
			}
			for line := range strings.Lines(b.String()) {
				line = strings.TrimSuffix(line, "\n")
				if n := utf8.RuneCountInString(line); n > columns || line != strings.TrimRight(line, " ") {
					t.Fatalf("%s: %d columns on %d: %q", name, n, columns, line)
				}
			}
		}
	}
}

// A bar is as long as its part, and what is there is seen.
func TestBar(t *testing.T) {
	for part, want := range map[float64]string{0: "▏", 0.001: "▏", 0.5: "████", 0.55: "████▍", 1: "████████", 2: "████████", -1: "▏"} {
		if got := bar(part, 8); got != want {
			t.Errorf("bar(%v) = %q, want %q", part, got, want)
		}
	}
}

// Squeezing keeps the mean.
func TestSqueeze(t *testing.T) {
	for _, c := range []struct {
		n, room int
	}{{1, 5}, {5, 5}, {6, 5}, {10, 5}, {11, 5}, {1000, 66}} {
		var values []float64
		for i := range c.n {
			values = append(values, float64(i))
		}
		out := squeeze(values, c.room)
		if len(out) != min(c.n, c.room) {
			t.Errorf("%d on %d: %d", c.n, c.room, len(out))
		}
		for i := 1; i < len(out); i++ {
			if out[i] <= out[i-1] {
				t.Errorf("%d on %d: %v", c.n, c.room, out)
				break
			}
		}
		if out[0] < 0 || out[len(out)-1] > float64(c.n-1) {
			t.Errorf("%d on %d: %v", c.n, c.room, out)
		}
	}
}

func TestPlotTellsOfABrokenPipe(t *testing.T) {
	if err := WritePlot(brokenWriter{}, echo(), 80); !errors.Is(err, errBroken) {
		t.Errorf("%v", err)
	}
}
