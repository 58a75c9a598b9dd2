package page

import (
	"fmt"

	"github.com/loadframe/loadframe/internal/report"
)

// instancesTable tells what each instance of a merged run did, in the order of their segments, and which are missing.
func (r *run) instancesTable() *table {
	t := &table{Caption: "Instances", Head: []string{"segment"}}
	m := r.r.Merged
	if m == nil {
		return t
	}
	t.Caption = joined(" ", "Instances of run", m.Run)
	for i := range m.Instances {
		of := &m.Instances[i]
		t.Rows = append(t.Rows, row{Head: of.Segment, Note: of.Host})
	}
	for _, c := range memberColumns {
		cells, told := make([]cell, len(m.Instances)), false
		for i := range m.Instances {
			cells[i] = c.of(&m.Instances[i])
			told = told || cells[i].Text != ""
		}
		if !told {
			continue // nobody had a schedule, a clock to compare or a failure
		}
		t.Head = append(t.Head, c.head)
		for i := range cells {
			t.Rows[i].Cells = append(t.Rows[i].Cells, cells[i])
		}
	}
	for _, segment := range m.Missing {
		cells := make([]cell, len(t.Head)-1)
		if len(cells) > 0 {
			cells[0] = cell{Text: "missing", Kind: "worse"}
		}
		t.Rows = append(t.Rows, row{Head: segment, Cells: cells})
	}
	return t
}

var memberColumns = []struct {
	head string
	of   func(*report.Member) cell
}{
	{"payload", func(m *report.Member) cell { return num(digits(m.PayloadBytes) + " B") }},
	{"messages", func(m *report.Member) cell { return counted(m.Messages, digits) }},
	{"p99", func(m *report.Member) cell { return counted(m.P99Ns, nanoseconds) }},
	{"lasted", func(m *report.Member) cell { return num(seconds(m.DurationS)) }},
	{"begun late", func(m *report.Member) cell { return counted(m.LateNs, nanoseconds) }},
	{"clock ahead of the first", func(m *report.Member) cell {
		c := counted(m.ClockNs, nanoseconds)
		if m.ClockNs != nil && m.ClockErrorNs != nil {
			c.Note = "± " + nanoseconds(*m.ClockErrorNs)
		}
		return c
	}},
	{"its drift", func(m *report.Member) cell { return counted(m.DriftNs, nanoseconds) }},
	{"failed", func(m *report.Member) cell { return words(m.Error) }},
}

func counted(n *int64, text func(int64) string) cell {
	if n == nil {
		return cell{}
	}
	return num(text(*n))
}

func nanoseconds(ns int64) string { return duration(float64(ns)) }

// sumsTable compares the instances together with those who can tell: the schedule of one machine, and the server.
func (r *run) sumsTable() *table {
	t := &table{Caption: "All instances together", Head: []string{"figure", "value"}}
	m := r.r.Merged
	if m == nil {
		return t
	}
	say := func(head string, c cell) { t.Rows = append(t.Rows, row{Head: head, Cells: []cell{c}}) }
	say("covered", num(fmt.Sprintf("%.4g %%", 100*m.Covered)))
	say("all at once for", num(seconds(m.TogetherS)))
	if p := m.Plan; p != nil {
		say("messages that the schedule let go", num(digits(p.Messages)))
	}
	if whole := m.PlanWhole; whole != nil && *whole {
		say("the schedule of one machine", cell{Text: "the same", Kind: "better"})
	} else if whole != nil {
		say("the schedule of one machine", cell{Text: "another", Kind: "worse"})
	}
	if v := m.Server; v != nil {
		for _, f := range []struct {
			head string
			n    int64
		}{{"server: sessions", v.Sessions}, {"server: frames in", v.FramesIn}, {"server: frames out", v.FramesOut}, {"server: bytes in", v.BytesIn}, {"server: bytes out", v.BytesOut}} {
			say(f.head, num(digits(f.n)))
		}
	}
	return t
}
