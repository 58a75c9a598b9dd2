package page

import (
	"github.com/loadframe/loadframe/internal/report"
)

// sentSection has what a sender of records did.
func sentSection(name string, d *report.Sent) *section {
	s := recordsSection("Records sent", name, d.Error, about(stamp(d.Start), d.Host, d.Tool))
	s.Lead = joined(" ", "To", d.Transport, d.Addr+",", "a record every", seconds(d.IntervalS)+",", "for", seconds(d.DurationS)+".")
	t := &table{Caption: "Records", Head: []string{"figure", "value"}}
	figure(t, "tried", d.Tried)
	figure(t, "delivered", d.Delivered)
	figure(t, "left out", d.Missed)
	for _, class := range sortedKeys(d.Failed) {
		figure(t, "failed: "+class, d.Failed[class])
	}
	figure(t, "characters of data", int64(d.Size))
	figure(t, "wire bytes", d.WireBytes)
	s.table(t)
	s.table(commandTable(d.Command, d.Host, d.Tool))
	return s
}

// receivedSection has what a receiver of records found out.
func receivedSection(name string, d *report.Received) *section {
	s := recordsSection("Records received", name, d.Error, about(stamp(d.Start), d.Host, d.Tool))
	s.Lead = joined(" ", "On", d.Transport, d.Addr+",", "for", seconds(d.DurationS)+".")
	t := &table{Caption: "Records", Head: []string{"figure", "value"}}
	figure(t, "records", d.Records)
	if n := d.Numbering; n != nil {
		figure(t, "numbered", n.Records)
		figure(t, "runs", n.Runs)
		figure(t, "lost", n.Lost)
		figure(t, "duplicated", n.Duplicated)
		figure(t, "reordered", n.Reordered)
		figure(t, "outdated", n.Outdated)
		figure(t, "unfollowed", n.Unfollowed)
	} else {
		t.Note = "Loss is not known: no sender numbers its records."
	}
	figure(t, "bad", d.Bad)
	figure(t, "overrun", d.Overrun)
	figure(t, "unprinted", d.Unprinted)
	figure(t, "undated", d.Undated)
	s.table(t)
	if d.Delay != nil {
		s.table(delayTable(d.Delay))
	}
	s.table(commandTable(d.Command, d.Host, d.Tool))
	return s
}

func recordsSection(title, name, failed, about string) *section {
	s := &section{Title: joined(": ", title, name), About: about}
	if failed != "" {
		s.add(block{Notice: &notice{Kind: "failed", Title: "Failed", Lines: remarks(failed)}})
	}
	return s
}

func seconds(s float64) string { return duration(s * 1e9) }

func figure(t *table, name string, n int64) {
	t.Rows = append(t.Rows, row{Head: name, Cells: []cell{num(digits(n))}})
}

func delayTable(d *report.OneWay) *table {
	t := &table{Caption: "Delay, one way", Head: []string{"", "least", "mean", "p50", "p90", "p99", "p99.9", "greatest"},
		Note: "By two clocks: their difference is in the first row, and not in the second, which counts from the least."}
	all, above := row{Head: "as stamped"}, row{Head: "above the least", Cells: []cell{num("0 ns"), num("–"), num(duration(float64(d.AboveP50))), num("–"), num(duration(float64(d.AboveP99))), num("–"), num(duration(float64(d.AboveMax)))}}
	for _, ns := range []int64{d.Min, d.Mean, d.P50, d.P90, d.P99, d.P999, d.Max} {
		all.Cells = append(all.Cells, num(duration(float64(ns))))
	}
	t.Rows = []row{all, above}
	return t
}

func commandTable(command []string, h report.Host, tool report.Tool) *table {
	t := &table{Caption: "Settings", Fold: "Settings, host and command", Head: []string{"key", "value"}}
	set := func(key, value string) { t.Rows = append(t.Rows, row{Head: key, Cells: []cell{words(value)}}) }
	set("command", joined(" ", command...))
	flatten("host", h, set)
	flatten("tool", tool, set)
	return t
}
