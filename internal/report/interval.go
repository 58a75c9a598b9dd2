package report

import (
	"fmt"
	"strings"

	"github.com/loadframe/loadframe/internal/units"
)

// Interval is what arrived between two ticks. Times are seconds since the start of the run. Nil: not measured.
type Interval struct {
	StartS           float64  `json:"start_s"`                  // since the start of the run
	EndS             float64  `json:"end_s"`                    // since the start of the run
	Messages         *int64   `json:"messages,omitempty"`       // as in totals
	PayloadBytes     int64    `json:"payload_bytes"`            // as in totals
	WireBytes        *int64   `json:"wire_bytes,omitempty"`     // as in totals
	MessagesPerS     *float64 `json:"messages_per_s,omitempty"` // of messages
	GoodputBytesPerS float64  `json:"goodput_bytes_per_s"`      // of payload_bytes
	UpBytes          *int64   `json:"up_bytes,omitempty"`       // of duplex: what of payload_bytes went to the server
	Lost             *int64   `json:"lost,omitempty"`           // as in totals, as far as it was known; less than 0 if some were only late
	UpLost           *int64   `json:"up_lost,omitempty"`        // of duplex: what of lost went to the server
	Reordered        *int64   `json:"reordered,omitempty"`      // as in totals
	UpReordered      *int64   `json:"up_reordered,omitempty"`   // of duplex: what of reordered went to the server
	Duplicated       *int64   `json:"duplicated,omitempty"`     // as in totals
	UpDuplicated     *int64   `json:"up_duplicated,omitempty"`  // of duplex: what of duplicated went to the server
	JitterNs         *int64   `json:"jitter_ns,omitempty"`      // as in path or stream, at its end
	UpJitterNs       *int64   `json:"up_jitter_ns,omitempty"`   // of duplex: that of what went to the server
	DownJitterNs     *int64   `json:"down_jitter_ns,omitempty"` // of duplex: that of what came from it
	Retransmits      *int64   `json:"retransmits,omitempty"`    // segments, in the interval; tcp_info has those since connecting
	Errors           int64    `json:"errors,omitempty"`         // connections that failed
	Latency          *Latency `json:"latency_ns,omitempty"`     // of what was answered meanwhile
	TCPInfo          *TCPInfo `json:"tcp_info,omitempty"`       // at its end
	Omitted          bool     `json:"omitted,omitempty"`        // warm-up: not in the totals
}

// WithRates returns the interval with its rates computed from its counts and times; an interval of no length has rates of zero.
func (v Interval) WithRates() Interval {
	seconds := v.EndS - v.StartS
	v.GoodputBytesPerS = PerSecond(v.PayloadBytes, seconds)
	v.MessagesPerS = nil
	if v.Messages != nil {
		v.MessagesPerS = new(PerSecond(*v.Messages, seconds))
	}
	return v
}

// Shape selects the columns of a workload's interval lines and summary.
type Shape int

// The shapes.
const (
	Bulk         Shape = iota // amount and goodput
	RequestReply              // messages and latency
)

// ShapeOf returns the shape in which a workload is shown. Unknown workloads are shown as bulk, which needs no message count.
func ShapeOf(workload string) Shape {
	switch workload {
	case "echo", "ack", "stamp", "churn":
		return RequestReply
	}
	return Bulk
}

// Header returns the heading above the interval lines, without a newline.
func (s Shape) Header() string {
	if s == RequestReply {
		return fmt.Sprintf("%-20s %12s %12s %12s", "[interval]", "messages", "messages/s", "goodput")
	}
	return fmt.Sprintf("%-20s %12s %12s", "[interval]", "moved", "goodput")
}

// Line returns one interval as a line, without a newline, aligned under [Shape.Header].
func (s Shape) Line(v Interval) string {
	span := fmt.Sprintf("[%.2f-%.2f s]", v.StartS, v.EndS)
	bytesPerS, bitsPerS := units.FormatGoodput(v.GoodputBytesPerS)
	var line string
	if s == RequestReply {
		messages, perS := "-", "-"
		if v.Messages != nil {
			messages = units.FormatDigits(*v.Messages)
		}
		if v.MessagesPerS != nil {
			perS = units.FormatDigits(units.Whole(*v.MessagesPerS))
		}
		line = fmt.Sprintf("%-20s %12s %12s %12s", span, messages, perS, bytesPerS)
		if q := v.Latency.Main(); q != nil {
			line += fmt.Sprintf("  p50 %s  p99 %s  max %s", formatNs(q.P50), formatNs(q.P99), formatNs(q.Max))
		}
	} else {
		line = fmt.Sprintf("%-20s %12s %12s %14s", span, units.FormatBytesSI(v.PayloadBytes), bytesPerS, bitsPerS)
	}
	if v.UpBytes != nil && v.EndS > v.StartS {
		up, _ := units.FormatGoodput(PerSecond(*v.UpBytes, v.EndS-v.StartS))
		down, _ := units.FormatGoodput(PerSecond(v.PayloadBytes-*v.UpBytes, v.EndS-v.StartS))
		line += fmt.Sprintf("  down %s  up %s", down, up)
	}
	if t := v.TCPInfo; t != nil && s == Bulk && t.RTTNs != nil && v.Retransmits != nil {
		line += fmt.Sprintf("  RTT %s  %s", formatNs(*t.RTTNs), plural(*v.Retransmits, "retransmit"))
	}
	line += v.path()
	if v.Errors > 0 {
		line += fmt.Sprintf("  %s", plural(v.Errors, "error"))
	}
	if v.Omitted {
		line += "  (omitted)"
	}
	return strings.TrimRight(line, " ")
}

// path says how the datagrams of the interval, or the packets of a stream, travelled.
func (v Interval) path() (s string) {
	switch {
	case v.UpJitterNs != nil && v.DownJitterNs != nil:
		s = fmt.Sprintf("  jitter down %s up %s", formatNs(*v.DownJitterNs), formatNs(*v.UpJitterNs))
	case v.JitterNs != nil:
		s = "  jitter " + formatNs(*v.JitterNs)
	}
	for _, n := range []struct {
		what    string
		all, up *int64
	}{{"lost", v.Lost, v.UpLost}, {"reordered", v.Reordered, v.UpReordered}, {"duplicated", v.Duplicated, v.UpDuplicated}} {
		if n.all == nil || *n.all == 0 && (n.up == nil || *n.up == 0) {
			continue
		}
		s += fmt.Sprintf("  %s %s", units.FormatDigits(*n.all), n.what)
		if n.up != nil {
			s += fmt.Sprintf(" (%s up)", units.FormatDigits(*n.up))
		}
	}
	return s
}

// Main returns the view to show when there is room for one: response, which no stall can hide from.
func (l *Latency) Main() *Quantiles {
	switch {
	case l == nil:
		return nil
	case l.Response != nil:
		return l.Response
	}
	return l.Service
}
