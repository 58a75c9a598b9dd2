package report

import (
	"fmt"
	"strings"

	"github.com/loadframe/loadframe/internal/units"
)

// instanceLines is how many instances a person is told about one by one.
const instanceLines = 32

// merged says what was put together, and how the instances differed.
func (t *text) merged(r *Result) {
	m := r.Merged
	if m == nil {
		return
	}
	t.row("run", "%s, %s of 100 %%, %s, all at once for %s", m.Run, fmt.Sprintf("%.4g", 100*m.Covered), plural(int64(len(m.Instances)), "instance"), formatSeconds(m.TogetherS))
	for i, n := range m.Instances {
		if i == instanceLines {
			t.row("", "and %d more", len(m.Instances)-i)
			break
		}
		t.row("  "+n.Segment, "%s", n.line(r))
	}
	for _, s := range m.Missing {
		t.row("MISSING", "segment %s", s)
	}
	if p := m.Plan; p != nil {
		how := ""
		if w := m.PlanWhole; w != nil {
			how = map[bool]string{true: ", as one machine would have", false: ", NOT AS ONE MACHINE would have"}[*w]
		}
		t.row("schedule", "let %s go%s", plural(p.Messages, "message"), how)
	}
	if s := m.Server; s != nil {
		t.row("server", "has counted %s in %s in, %s in %s out, %s", plural(s.BytesIn, "byte"), plural(s.FramesIn, "frame"), plural(s.BytesOut, "byte"),
			plural(s.FramesOut, "frame"), plural(s.Sessions, "session"))
	}
}

// line tells of one instance: what it moved, and its clock.
func (n Member) line(r *Result) string {
	parts := []string{}
	if n.Error != "" {
		parts = append(parts, "FAILED")
	}
	if n.Host != "" {
		parts = append(parts, n.Host)
	}
	if ShapeOf(r.Workload) == RequestReply && n.Messages != nil {
		parts = append(parts, plural(*n.Messages, "message"))
	} else {
		parts = append(parts, units.FormatBytesSI(n.PayloadBytes))
	}
	parts = append(parts, "in "+formatSeconds(n.DurationS))
	if n.P99Ns != nil {
		parts = append(parts, "p99 "+formatNs(*n.P99Ns))
	}
	if n.LateNs != nil {
		parts = append(parts, "begun "+formatNs(*n.LateNs)+" late")
	}
	if n.ClockNs != nil {
		parts = append(parts, "clock "+formatSigned(*n.ClockNs)+" ± "+formatNs(*n.ClockErrorNs))
	}
	return strings.Join(parts, ", ")
}

func formatSigned(ns int64) string {
	if ns < 0 {
		return "-" + formatNs(-ns)
	}
	return "+" + formatNs(ns)
}
