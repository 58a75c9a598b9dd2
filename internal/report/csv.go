package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"time"
)

// WriteCSV writes results as a table with one header line: for each result its intervals and then the whole run, one row each
// (column "row": interval or total). Numbers are in the base units that their columns name, without separators; an empty cell was
// not measured. Text is quoted as RFC 4180 says.
func WriteCSV(w io.Writer, results []*Result) error {
	c := csv.NewWriter(w)
	header := []string{"row", "run", "start", "workload", "framing", "transport", "connections", "depth", "batch", "size", "start_s", "end_s",
		"omitted", "messages", "payload_bytes", "wire_bytes"}
	for _, m := range metrics {
		header = append(header, m.column())
	}
	_ = c.Write(append(header, "error")) // Flush tells
	for i, r := range results {
		r = r.finite()
		for _, v := range r.Intervals {
			_ = c.Write(r.csvRow("interval", i+1, v.asResult(r), v.StartS, v.EndS, v.Omitted))
		}
		_ = c.Write(r.csvRow("total", i+1, r, 0, r.DurationS, false))
	}
	c.Flush()
	if err := c.Error(); err != nil {
		return fmt.Errorf("report: writing CSV: %w", err)
	}
	return nil
}

// column is the metric's name with its unit.
func (m Metric) column() string {
	switch m.unit {
	case nanoseconds:
		return m.Name + "_ns"
	case bytesPerS:
		return m.Name + "_bytes_per_s"
	case perS:
		return m.Name + "_per_s"
	case seconds:
		return m.Name + "_s"
	}
	return m.Name
}

// csvRow is one row of run number run: v has the figures, r says what was run.
func (r *Result) csvRow(kind string, run int, v *Result, start, end float64, omitted bool) []string {
	size := r.Config.Sizes
	if size == "" {
		size = positive(int(r.Config.Size))
	}
	row := []string{kind, strconv.Itoa(run), r.Start.Format(time.RFC3339Nano), r.Workload, r.Framing, r.Transport, positive(r.Config.Connections),
		positive(r.Config.Depth), positive(r.Config.Batch), size, cell(&start), cell(&end), strconv.FormatBool(omitted),
		cell(float(v.Totals.Messages)), cell(float(&v.Totals.PayloadBytes)), cell(float(v.Totals.WireBytes))}
	for _, m := range metrics {
		row = append(row, cell(m.Of(v)))
	}
	return append(row, v.Error)
}

// asResult is the interval in the form of a result, for the metrics to be read from.
func (v Interval) asResult(r *Result) *Result {
	out := &Result{DurationS: v.EndS - v.StartS, Latency: v.Latency, Config: r.Config}
	out.Totals = Totals{Messages: v.Messages, PayloadBytes: v.PayloadBytes, WireBytes: v.WireBytes, Lost: v.Lost, Reordered: v.Reordered, Duplicated: v.Duplicated, Errors: v.Errors}
	out.Rates = out.Totals.Rates(out.DurationS)
	if v.JitterNs != nil {
		out.Path = &Path{JitterNs: *v.JitterNs}
	}
	if v.Retransmits != nil {
		out.TCPInfo = &TCPInfo{Retransmits: v.Retransmits} // the metric's own place
	}
	out.Directions = v.directions()
	return out
}

// directions are those of an interval of duplex, as far as it knows them.
func (v Interval) directions() *Directions {
	if v.UpBytes == nil {
		return nil
	}
	way := func(bytes int64, lost, jitter *int64) Direction {
		d := Direction{PayloadBytes: bytes, GoodputBytesPerS: PerSecond(bytes, v.EndS-v.StartS), Lost: lost}
		if jitter != nil {
			d.Path = &Path{JitterNs: *jitter}
		}
		return d
	}
	d := &Directions{Up: way(*v.UpBytes, v.UpLost, v.UpJitterNs), Down: way(v.PayloadBytes-*v.UpBytes, nil, v.DownJitterNs)}
	if v.Lost != nil && v.UpLost != nil {
		d.Down.Lost = new(*v.Lost - *v.UpLost)
	}
	return d
}

func cell(v *float64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatFloat(*v, 'f', -1, 64)
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
