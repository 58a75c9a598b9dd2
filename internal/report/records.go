package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/loadframe/loadframe/internal/units"
)

// The schemas of [Sent] and [Received].
const (
	SendSchema = "loadframe.send/1"
	RecvSchema = "loadframe.recv/1"
)

// Sent is what a sender of records did.
type Sent struct {
	Schema    string           `json:"schema"`
	Tool      Tool             `json:"tool"`
	Command   []string         `json:"command"`
	Host      Host             `json:"host"`
	Start     time.Time        `json:"start"`
	DurationS float64          `json:"duration_s"`
	Transport string           `json:"transport"` // tcp or udp
	Addr      string           `json:"addr"`
	IntervalS float64          `json:"interval_s"`
	Size      int              `json:"size"`          // characters of data of a record
	Run       string           `json:"run,omitempty"` // as in the records; absent: they are not numbered
	Tried     int64            `json:"tried"`         // records
	Delivered int64            `json:"delivered"`     // written and, over TCP, taken by the peer
	Missed    int64            `json:"missed"`        // left out, because an absent peer took their time
	Failed    map[string]int64 `json:"failed"`        // by class
	WireBytes int64            `json:"wire_bytes"`
	Error     string           `json:"error,omitempty"`
}

// Received is what a receiver of records found out.
type Received struct {
	Schema    string    `json:"schema"`
	Tool      Tool      `json:"tool"`
	Command   []string  `json:"command"`
	Host      Host      `json:"host"`
	Start     time.Time `json:"start"`
	DurationS float64   `json:"duration_s"`
	Transport string    `json:"transport"` // tcp or udp
	Addr      string    `json:"addr"`      // where it listened
	Records   int64     `json:"records"`
	Bad       int64     `json:"bad"`                // connections and datagrams without a record
	Overrun   int64     `json:"overrun"`            // records that came faster than they could be counted
	Unprinted int64     `json:"unprinted"`          // records that were counted and not printed
	Numbering *Numbers  `json:"sequence,omitempty"` // absent: no sender numbers its records, and loss is not known
	Delay     *OneWay   `json:"one_way_delay_ns,omitempty"`
	Undated   int64     `json:"undated"` // records without a time that can be read
	Error     string    `json:"error,omitempty"`
}

// Numbers is what the numbers of records tell.
type Numbers struct {
	Records    int64 `json:"records"` // that are numbered
	Runs       int64 `json:"runs"`
	Lost       int64 `json:"lost"`
	Duplicated int64 `json:"duplicated"`
	Reordered  int64 `json:"reordered"`
	Outdated   int64 `json:"outdated"`   // so late that they may be late or repeated; they count as lost
	Unfollowed int64 `json:"unfollowed"` // of more runs than are followed at a time
}

// OneWay is the time from the sender's stamp to the arrival, by two clocks: their
// difference is in every figure but the last three, which count from Min.
type OneWay struct {
	Count    int64 `json:"count"`
	Min      int64 `json:"min"`
	Mean     int64 `json:"mean"`
	P50      int64 `json:"p50"`
	P90      int64 `json:"p90"`
	P99      int64 `json:"p99"`
	P999     int64 `json:"p999"`
	Max      int64 `json:"max"`
	AboveP50 int64 `json:"above_min_p50"`
	AboveP99 int64 `json:"above_min_p99"`
	AboveMax int64 `json:"above_min_max"`
}

// WriteDocument writes a [Sent], a [Received] or the result of another command that is no run as one indented JSON document.
func WriteDocument(w io.Writer, v any) error { return encode(w, v, "  ", "the result as JSON") }

// WriteText writes the summary for a person.
func (s *Sent) WriteText(w io.Writer) error {
	var t text
	if s.Error != "" {
		t.line("FAILED: %s", s.Error)
	}
	t.line("send %s %s, a record of %d characters every %s, for %s", s.Transport, s.Addr, s.Size,
		units.FormatDuration(asDuration(s.IntervalS)), units.FormatDuration(asDuration(s.DurationS)))
	what := "written and taken by the peer"
	if s.Transport == "udp" {
		what = "left this machine; what arrived only the receiver knows"
	}
	t.row("delivered", "%s of %s records, %s bytes (%s)", units.FormatDigits(s.Delivered), units.FormatDigits(s.Tried), units.FormatDigits(s.WireBytes), what)
	var classes []string
	total := int64(0)
	for _, class := range slices.Sorted(maps.Keys(s.Failed)) {
		total += s.Failed[class]
		classes = append(classes, fmt.Sprintf("%s %s", class, units.FormatDigits(s.Failed[class])))
	}
	failed := units.FormatDigits(total)
	if total > 0 {
		failed += ": " + strings.Join(classes, ", ")
	}
	t.row("failed", "%s", failed)
	if s.Missed > 0 {
		t.row("left out", "%s records that were due while an attempt waited", units.FormatDigits(s.Missed))
	}
	return t.to(w)
}

// WriteText writes the summary for a person.
func (r *Received) WriteText(w io.Writer) error {
	var t text
	if r.Error != "" {
		t.line("FAILED: %s", r.Error)
	}
	t.line("recv %s %s, %s records in %s", r.Transport, r.Addr, units.FormatDigits(r.Records), units.FormatDuration(asDuration(r.DurationS)))
	if n := r.Numbering; n == nil {
		t.row("lost", "unknown, as are duplicates and reordering: no sender numbers its records (send --sequence does)")
	} else {
		t.row("lost", "%s between the first and the last number of %s", units.FormatDigits(n.Lost), plural(n.Runs, "run"))
		t.row("duplicates", "%s", units.FormatDigits(n.Duplicated))
		t.row("reordered", "%s", units.FormatDigits(n.Reordered))
		if n.Outdated > 0 {
			t.row("outdated", "%s so late that they may be late or repeated", units.FormatDigits(n.Outdated))
		}
		if n.Unfollowed > 0 {
			t.row("unfollowed", "%s records of further runs", units.FormatDigits(n.Unfollowed))
		}
		if others := r.Records - n.Records; others > 0 {
			t.row("", "%s records are not numbered, and not in this", units.FormatDigits(others))
		}
	}
	if d := r.Delay; d != nil {
		t.row("delay", "min %s  mean %s  p50 %s  p90 %s  p99 %s  p99.9 %s  max %s",
			formatNs(d.Min), formatNs(d.Mean), formatNs(d.P50), formatNs(d.P90), formatNs(d.P99), formatNs(d.P999), formatNs(d.Max))
		t.row("  above min", "p50 %s  p99 %s  max %s", formatNs(d.AboveP50), formatNs(d.AboveP99), formatNs(d.AboveMax))
		t.row("", "one way, by two clocks: their difference is in the first line, not in the second")
	}
	t.row("bad", "%s connections or datagrams without a record", units.FormatDigits(r.Bad))
	if r.Overrun > 0 {
		t.row("overrun", "%s records came faster than they could be counted", units.FormatDigits(r.Overrun))
	}
	if r.Unprinted > 0 {
		t.row("unprinted", "%s records are in the figures but not above", units.FormatDigits(r.Unprinted))
	}
	if r.Undated > 0 {
		t.row("undated", "%s records have no time that can be read", units.FormatDigits(r.Undated))
	}
	return t.to(w)
}

func (t *text) to(w io.Writer) error {
	if _, err := io.WriteString(w, t.String()); err != nil {
		return fmt.Errorf("report: writing the summary: %w", err)
	}
	return nil
}

func asDuration(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
