package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
)

// WriteCSV writes all figures as a table with one header line, a row each: of the cells the estimates, of the codecs alone their
// costs, of overhead and damage what was counted (column "row": cell, cost, overhead or damage). What was refused has a row with the
// reason. Numbers are in the unit that their row names; an empty cell was not measured.
func (c *Comparison) WriteCSV(w io.Writer) error {
	t := csv.NewWriter(w)
	_ = t.Write([]string{"row", "point", "contender", "framing", "floor", "metric", "unit", "median", "low", "high", "confidence", "runs", "refused"}) // Flush tells
	row := func(kind, point, contender string, rest ...string) {
		x := c.contender(contender)
		_ = t.Write(append([]string{kind, point, contender, x.Framing, x.Floor}, rest...))
	}
	refused := func(kind, point, contender, why string) { row(kind, point, contender, "", "", "", "", "", "", "", why) }
	spread := func(kind, point, contender string, e *Estimate) {
		if e != nil {
			row(kind, point, contender, e.Metric, e.Unit, cell(&e.Median), cell(&e.Low), cell(&e.High), cell(&e.Confidence), strconv.Itoa(e.Runs), "")
		}
	}
	one := func(kind, point, contender, metric, unit string, v *float64) {
		if v != nil {
			row(kind, point, contender, metric, unit, cell(v), cell(v), cell(v), "", "", "")
		}
	}
	for _, x := range c.Cells {
		if x.Refused != "" {
			refused("cell", x.Point, x.Contender, x.Refused)
		}
		for _, name := range slices.Sorted(maps.Keys(x.Estimates)) {
			spread("cell", x.Point, x.Contender, x.Estimates[name])
		}
	}
	for _, x := range c.Costs {
		point := fmt.Sprintf("size=%s/payload=%s/segments=%s", x.Sizes, x.Payload, x.Segments)
		if x.Refused != "" {
			refused("cost", point, x.Contender, x.Refused)
		}
		spread("cost", point, x.Contender, x.Encode)
		spread("cost", point, x.Contender, x.Decode)
		one("cost", point, x.Contender, "encode_allocs", "allocs/frame", x.EncodeAllocs)
		one("cost", point, x.Contender, "decode_allocs", "allocs/frame", x.DecodeAllocs)
		one("cost", point, x.Contender, "scanned", "B/B", x.Scanned)
		one("cost", point, x.Contender, "copied", "B/B", x.Copied)
	}
	for _, x := range c.Overheads {
		point := fmt.Sprintf("size=%d/payload=%s", x.Size, x.Payload)
		if x.Refused != "" {
			refused("overhead", point, x.Contender, x.Refused)
			continue
		}
		one("overhead", point, x.Contender, "mean", "wireB/B", &x.Mean)
		one("overhead", point, x.Contender, "worst", "wireB/B", &x.Worst)
		one("overhead", point, x.Contender, "bound", "wireB/B", &x.Bound)
	}
	for _, x := range c.Damages {
		point := fmt.Sprintf("damage=%s/place=%s", x.Kind, x.Place)
		if x.Refused != "" {
			refused("damage", point, x.Contender, x.Refused)
		}
		chance := func(metric string, p *Probability) {
			if p != nil {
				row("damage", point, x.Contender, metric, "probability", cell(&p.P), cell(&p.Low), cell(&p.High), cell(new(Confidence)), strconv.Itoa(x.Trials), "")
			}
		}
		mean := func(metric, unit string, m *Mean) {
			if m != nil {
				row("damage", point, x.Contender, metric, unit, cell(&m.Mean), cell(&m.Low), cell(&m.High), cell(new(Confidence)), strconv.Itoa(m.Count), "")
			}
		}
		chance("detected", x.Detected)
		chance("silent", x.Silent)
		chance("never_resynced", x.NeverResynced)
		mean("lost_frames", "frames", x.Lost)
		mean("detection_bytes", "B", x.Distance)
		mean("resync_bytes", "B", x.ResyncBytes)
		mean("resync_frames", "frames", x.ResyncFrames)
	}
	t.Flush()
	if err := t.Error(); err != nil {
		return fmt.Errorf("report: writing the comparison as CSV: %w", err)
	}
	return nil
}
