package page

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/loadframe/loadframe/internal/report"
)

var update = flag.Bool("update", false, "write testdata/*.golden anew")

func number(t *testing.T, s string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// What is on a page, in which order: its words, tables and lines. How it looks is for the browser.
func TestOutline(t *testing.T) {
	for name, docs := range samples() {
		p, err := newPage(docs)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		for _, s := range p.Sections {
			fmt.Fprintf(&b, "# %s\n%s\n%s\n", s.Title, s.Lead, s.About)
			for _, bl := range s.Blocks {
				bl.outline(&b)
			}
		}
		path := filepath.Join("testdata", name+".outline.golden")
		if *update {
			if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(b.Bytes(), want) {
			t.Errorf("%s differs; -update writes it anew\ngot:\n%s\nwant:\n%s", path, b.Bytes(), want)
		}
	}
}

func (bl *block) outline(b *bytes.Buffer) {
	switch {
	case bl.Heading != "":
		fmt.Fprintf(b, "## %s\n", bl.Heading)
	case bl.Notice != nil:
		fmt.Fprintf(b, "[%s] %s\n", bl.Notice.Kind, bl.Notice.Title)
		for _, l := range bl.Notice.Lines {
			fmt.Fprintf(b, "  %s | %s\n", l.About, l.Text)
		}
	case bl.Tiles != nil:
		for _, t := range bl.Tiles {
			fmt.Fprintf(b, "tile %s: %s %s\n", t.Label, t.Value, t.Note)
		}
	case bl.Table != nil:
		fmt.Fprintf(b, "table %s: %s; %d rows\n", bl.Table.Caption, strings.Join(bl.Table.Head, " | "), len(bl.Table.Rows))
		for _, r := range bl.Table.Rows[:min(3, len(bl.Table.Rows))] {
			fmt.Fprintf(b, "  %s", r.Head)
			for _, c := range r.Cells {
				fmt.Fprintf(b, " | %s", strings.TrimSpace(c.Text+" ("+c.Note+")"))
			}
			b.WriteByte('\n')
		}
	case bl.Chart != nil:
		c := bl.Chart
		fmt.Fprintf(b, "chart %s: %s by %s\n  %s\n", c.Title, c.YLabel, c.XLabel, c.Caption)
		for _, l := range c.Lines {
			fmt.Fprintf(b, "  line %s: %s, %d points, %d with an interval\n", l.Name, l.Class, l.Points, len(l.Errors))
		}
		for _, u := range c.Uprights {
			fmt.Fprintf(b, "  %s: %s\n", u.Letter, u.Text)
		}
	}
}

// A difference between repeated runs counts where their intervals do not meet, and only there.
func TestDifferences(t *testing.T) {
	spread := func(low, median, high float64) *report.Result {
		return &report.Result{Repeat: &report.Repeat{Metrics: []report.Spread{{Metric: "goodput", Low: low, Median: median, High: high}, {Metric: "p99", Low: low, Median: median, High: high}}}}
	}
	for _, c := range []struct {
		low, median, high float64
		goodput, p99      string
	}{
		{9e6, 10e6, 11e6, "", ""},
		{10e6, 10.5e6, 12e6, "+5.0 %, tie", "+5.0 %, tie"},
		{11.1e6, 12e6, 13e6, "+20.0 %, better", "+20.0 %, worse"},
		{4e6, 5e6, 8.9e6, "-50.0 %, worse", "-50.0 %, better"},
	} {
		runs := []*run{{"a", spread(9e6, 10e6, 11e6)}, {"b", spread(c.low, c.median, c.high)}}
		rows := metricsTable(runs, []string{"goodput", "p99"}).Rows
		for i, want := range []string{c.goodput, c.p99} {
			got, _, _ := strings.Cut(rows[i].Cells[1].Note, ";")
			if want == "" && strings.Contains(got, "%") || want != "" && got != want {
				t.Errorf("%v, %s: %q, want %q", c, rows[i].Head, got, want)
			}
		}
	}
}
