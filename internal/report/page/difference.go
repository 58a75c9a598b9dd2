package page

import (
	"fmt"
	"math"
	"slices"

	"github.com/loadframe/loadframe/internal/report"
)

// metricsTable has the figures that are named, or all of them folded away. Of several runs each is held against the first.
func metricsTable(all []*run, only []string) *table {
	t := &table{Caption: "All figures", Head: []string{"figure"}}
	if only == nil {
		t.Fold = "All figures"
	}
	for _, r := range all {
		t.Head = append(t.Head, r.name)
	}
	repeated := false
	for _, m := range report.Metrics() {
		if only != nil && !slices.Contains(only, m.Name) {
			continue
		}
		row := row{Head: metricName(m.Name)}
		known := false
		for i, r := range all {
			v := r.estimate(m)
			if v == nil {
				row.Cells = append(row.Cells, num("–"))
				continue
			}
			known = true
			c := num(m.Format(v.mid))
			repeated = repeated || v.repeated
			if v.low != v.high {
				c.Note = m.Format(v.low) + " to " + m.Format(v.high)
			}
			if i > 0 {
				c.against(v, all[0].estimate(m), m.Better)
			}
			row.Cells = append(row.Cells, c)
		}
		if known {
			t.Rows = append(t.Rows, row)
		}
	}
	switch {
	case len(all) == 1 && repeated:
		t.Note = fmt.Sprintf("Medians of %s and the interval of the true median, where both are given.", plural(len(all[0].r.Repeat.Runs), "run"))
	case len(all) > 1:
		if only != nil {
			t.Caption = "Differences, against " + all[0].name
		}
		t.Note = "A difference is real where the intervals of both do not meet. Of single runs (without --repeat) it may be noise."
	}
	return t
}

// estimate is a value, and if there were several runs its interval.
type estimate struct {
	interval
	repeated bool
}

func (r *run) estimate(m report.Metric) *estimate {
	if s := r.spread(m.Name); s != nil {
		return &estimate{interval{s.Low, s.Median, s.High}, true}
	}
	if v := m.Of(r.r); v != nil {
		return &estimate{interval: interval{*v, *v, *v}}
	}
	return nil
}

// against says by how much v differs from the first of its row, and whether that is good.
func (c *cell) against(v, base *estimate, better report.Better) {
	if base == nil || base.mid == v.mid {
		return
	}
	text := "new"
	if base.mid != 0 {
		text = fmt.Sprintf("%+.1f %%", min(max((v.mid-base.mid)/math.Abs(base.mid)*100, -1e6), 1e6))
	}
	judged := better != "" && !(v.repeated && base.repeated && v.low <= base.high && base.low <= v.high)
	switch good := (v.mid > base.mid) == (better == report.Higher); {
	case v.repeated && base.repeated && !judged:
		text += ", tie"
	case judged && good:
		text, c.Kind = text+", better", "num better"
	case judged:
		text, c.Kind = text+", worse", "num worse"
	}
	c.Note = joined("; ", text, c.Note)
}

// metricName is the name of a metric for people.
func metricName(name string) string {
	if text, ok := metricNames[name]; ok {
		return text
	}
	return name
}

var metricNames = map[string]string{
	"messages": "messages/s", "wire": "on the wire", "overhead": "wire bytes a payload byte", "p999": "p99.9", "p9999": "p99.99",
	"min": "least", "max": "greatest", "service.p50": "service p50", "service.p90": "service p90", "service.p99": "service p99",
	"service.p999": "service p99.9", "service.p9999": "service p99.99", "service.min": "service least", "service.mean": "service mean",
	"service.max": "service greatest", "verify_errors": "wrong content", "cpu": "CPU", "cpu_per_gb": "CPU a GB", "cpu_per_message": "CPU a message",
	"lag": "sent late, p99", "rtt": "RTT",
	"messages_per_s": "messages/s", "goodput_bytes_per_s": "goodput", "p50_ns": "p50", "p99_ns": "p99", "wire_per_payload": "wire bytes a payload byte",
	"cpu_ns_per_message": "CPU a message", "cpu_s_per_gib": "CPU a GiB", "syscalls_per_message": "system calls a message",
	"server_reads_per_message": "server reads a message", "allocs_per_message": "allocations a message",
	"server_cpu_ns_per_message": "server CPU a message", "server_allocs_per_message": "server allocations a message", "memory_bytes_per_connection": "memory a connection",
}

// runsTable says what each run was, where there are several.
func runsTable(all []*run) *table {
	t := &table{Caption: "Runs", Head: []string{"run", "what was run", "start", "runs"}}
	for _, r := range all {
		n := 1
		if r.r.Repeat != nil {
			n = len(r.r.Repeat.Runs)
		}
		t.Rows = append(t.Rows, row{Head: r.name, Cells: []cell{words(r.r.Headline()), {Text: stamp(r.r.Start)}, num(countOf(n))}})
	}
	return t
}

// thresholdsTable has what was expected, held or not.
func thresholdsTable(all []*run) *table {
	t := &table{Caption: "Expected", Head: []string{"condition", "result"}}
	for _, r := range all {
		for _, h := range r.r.Thresholds {
			row := row{Head: h.Expr, Cells: []cell{{Text: "missed" + h.Measured(), Kind: "worse"}}}
			if h.OK {
				row.Cells[0] = cell{Text: "held" + h.Measured(), Kind: "better"}
			}
			if len(all) > 1 {
				row.Note = r.name
			}
			t.Rows = append(t.Rows, row)
		}
	}
	return t
}
