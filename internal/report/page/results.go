package page

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/loadframe/loadframe/internal/report"
)

// run is one result on the page. Of --repeat it is all runs together.
type run struct {
	name string
	r    *report.Result
}

// resultsSection lays results over each other: a column of each table and a line of each chart for every one.
func resultsSection(all []*run) *section {
	nameRuns(all)
	first := all[0]
	s := &section{Title: first.name, Lead: first.r.Headline(), About: about(stamp(first.r.Start), first.r.Host, first.r.Tool)}
	if len(all) > 1 {
		s.Title, s.Lead = plural(len(all), "result"), ""
		if about := first.hostAndTool(); !sameAll(all, func(r *run) string { return r.hostAndTool() }, about) {
			s.About = "" // the table of settings has them
		}
		s.table(runsTable(all))
	}
	for _, r := range all {
		s.add(r.notices(len(all) > 1)...)
	}
	if len(all) == 1 {
		s.add(block{Tiles: first.tiles()})
	} else {
		s.table(metricsTable(all, headlines))
	}
	for _, r := range all {
		s.under(r.heading("Instances", len(all) > 1), func() {
			s.table(r.instancesTable())
			s.table(r.sumsTable())
		})
	}
	s.under("Latency", func() {
		s.chart(percentileChart(all))
		s.table(latencyTable(all))
	})
	s.under("Over time", func() {
		s.chart(overTime(all, "Messages over time", "messages/s", countPerS, func(v *report.Interval) *float64 { return v.MessagesPerS }))
		s.chart(overTime(all, "Goodput over time", "goodput", goodput, func(v *report.Interval) *float64 { return &v.GoodputBytesPerS }))
		s.chart(intervalPercentiles(all))
	})
	s.under("Details", func() {
		s.table(thresholdsTable(all))
		s.table(metricsTable(all, nil))
		s.table(settingsTable(all))
	})
	return s
}

// nameRuns gives every run a name of its own: what it was called, or what tells it from the others.
func nameRuns(all []*run) {
	seen := map[string]int{}
	for _, r := range all {
		if r.name == "" {
			r.name = r.r.Config.Title
		}
		if r.name == "" {
			r.name = joined(" ", r.r.Workload, r.r.Framing)
		}
		if r.name == "" {
			r.name = "run"
		}
		if seen[r.name]++; seen[r.name] > 1 {
			r.name = fmt.Sprintf("%s (%d)", r.name, seen[r.name])
		}
	}
}

func (r *run) hostAndTool() string { return about("", r.r.Host, r.r.Tool) }

func sameAll(all []*run, of func(*run) string, want string) bool {
	for _, r := range all {
		if of(r) != want {
			return false
		}
	}
	return true
}

// heading says whose it is where there are several.
func (r *run) heading(title string, named bool) string {
	if named {
		title += ": " + r.name
	}
	return title
}

// notices are what has to be known before any figure is looked at.
func (r *run) notices(named bool) []block {
	var bs []block
	add := func(kind, title string, lines ...string) {
		bs = append(bs, block{Notice: &notice{Kind: kind, Title: r.heading(title, named), Lines: remarks(lines...)}})
	}
	if r.r.Failed() {
		add("failed", "Failed", r.r.Error)
	}
	var missed []string
	for _, m := range r.r.Missed() {
		missed = append(missed, m.String())
	}
	if len(missed) > 0 {
		add("failed", "Missed", missed...)
	}
	if v := r.r.Totals.VerifyErrors; v != nil && *v > 0 {
		add("failed", "Wrong content", digits(*v)+" messages or transfers did not hold what was sent")
	}
	if lines := doubts(r.r.Health); len(lines) > 0 {
		add("doubt", "Doubt", lines...)
	}
	return bs
}

// doubts are the reasons not to believe a measurement.
func doubts(h *report.Health) []string {
	switch {
	case h == nil:
		return nil
	case h.GeneratorLimited && len(h.Reasons) == 0:
		return []string{"limited by the load generator"}
	}
	return h.Reasons
}

// headlines are the metrics that are asked for first.
var headlines = []string{"messages", "goodput", "p50", "p99", "p999", "max", "cpu_per_message", "cpu_per_gb", "errors"}

// tiles are the headlines of one run, without what says nothing of its workload.
func (r *run) tiles() (ts []tile) {
	skip := []string{"messages", "cpu_per_message"}
	if report.ShapeOf(r.r.Workload) == report.RequestReply {
		skip = []string{"cpu_per_gb"}
	}
	for _, m := range report.Metrics() {
		v := r.estimate(m)
		if v == nil || !slices.Contains(headlines, m.Name) || slices.Contains(skip, m.Name) {
			continue
		}
		t := tile{Label: metricName(m.Name), Value: m.Format(v.mid)}
		if v.low != v.high {
			t.Note = m.Format(v.low) + " to " + m.Format(v.high)
		}
		ts = append(ts, t)
	}
	return ts
}

// spread is the metric over repeated runs, nil if there is none.
func (r *run) spread(metric string) *report.Spread {
	if r.r.Repeat == nil {
		return nil
	}
	for i, s := range r.r.Repeat.Metrics {
		if s.Metric == metric {
			return &r.r.Repeat.Metrics[i]
		}
	}
	return nil
}

// stamp is a time as it is told to people, to the second.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return strings.TrimSuffix(t.Format("2006-01-02 15:04:05 -0700"), " +0000") + utc(t)
}

func utc(t time.Time) string {
	if _, offset := t.Zone(); offset == 0 {
		return " UTC"
	}
	return ""
}
