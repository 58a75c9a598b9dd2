package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"time"
)

// WriteCSV writes the search as a table with one header line: a row for each trial in their order, then one for each goal (column "row": trial
// or goal). Cells are as those of [WriteCSV]. The columns verdict_1, verdict_2, ... are of the goals.
func (c *Capacity) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	header := []string{"row", "start", "workload", "framing", "transport", "connections", "size", "start_s", "duration_s", "rate_per_s", "messages_per_s",
		"full", "p50_ns", "p90_ns", "p99_ns", "p999_ns", "max_ns", "errors", "unsent", "generator_limited", "expr", "low_per_s", "high_per_s", "limit", "knee_per_s", "error"}
	for i := range c.Goals {
		header = append(header, "verdict_"+strconv.Itoa(i+1))
	}
	_ = out.Write(header) // Flush tells
	size := c.Config.Sizes
	if size == "" {
		size = positive(int(c.Config.Size))
	}
	what := []string{c.Start.Format(time.RFC3339Nano), c.Workload, c.Framing, c.Transport, positive(c.Config.Connections), size}
	for _, t := range c.Trials {
		row := append([]string{"trial"}, what...)
		row = append(row, cell(&t.StartS), cell(&t.DurationS), cell(&t.RateMessagesPerS), cell(&t.MessagesPerS), strconv.FormatBool(t.Full))
		if q := t.response(); q != nil {
			for _, ns := range []int64{q.P50, q.P90, q.P99, q.P999, q.Max} {
				row = append(row, strconv.FormatInt(ns, 10))
			}
		} else {
			row = append(row, "", "", "", "", "")
		}
		row = append(row, strconv.FormatInt(t.Errors, 10), strconv.FormatInt(t.Unsent, 10), strconv.FormatBool(t.Health != nil && t.Health.GeneratorLimited),
			"", "", "", "", "", t.Error)
		row = append(row, t.Verdicts...)
		_ = out.Write(row)
	}
	for _, g := range c.Goals {
		row := append([]string{"goal"}, what...)
		row = append(row, "", cell(&c.DurationS), "", "", "", "", "", "", "", "", "", "", "", g.Expr, cell(g.Low), cell(g.High), g.Limit, cell(g.Knee), c.Error)
		_ = out.Write(append(row, make([]string, len(c.Goals))...))
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("report: writing CSV: %w", err)
	}
	return nil
}
