package bench

import (
	"fmt"
	"slices"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/loadframe/loadframe/internal/report"
)

// gather turns the finished rounds into the cells of a comparison. Without one
// there are none.
func (e *Experiment) gather(c *report.Comparison) error {
	if e.resume.Done == 0 {
		return nil
	}
	for i, x := range e.cells {
		out := report.Cell{Point: x.point.Name, Contender: x.contender.Name, Refused: x.refused}
		m := &e.resume.Cells[i]
		if x.refused == "" {
			out.Estimates = map[string]*report.Estimate{}
			for _, metric := range metrics {
				if v := m.Values[metric.name]; len(v) > 0 {
					out.Estimates[metric.name] = estimateOf(metric.name, metric.unit, v)
					if metric.name == "allocs_per_message" || metric.name == "server_allocs_per_message" {
						besideMessages(out.Estimates[metric.name], x.point.Connections, m.Messages)
					}
				}
			}
			if err := m.latency(&out); err != nil {
				return fmt.Errorf("bench: %s at %s: %w", x.contender.Name, x.point.Name, err)
			}
			out.Intervals = m.intervals()
		}
		c.Cells = append(c.Cells, out)
	}
	return nil
}

// Objects of a trial that none of its messages needs: what the client closes
// and adds up, what gnet makes of the end of a connection, and what the runtime
// needs anew behind the collection that each trial begins with. Some 40 were
// counted over two connections, some 600 over 64.
const (
	objectsOfTrial      = 32
	objectsOfConnection = 16
)

// besideMessages lets an interval of objects a message reach down to what is left
// without these: how many of those counted were of messages cannot be told.
func besideMessages(e *report.Estimate, conns int, messages []int64) {
	n := int64(1)
	if len(messages) > 0 {
		n = slices.Min(messages)
	}
	e.Low = max(0, e.Low-float64(objectsOfTrial+objectsOfConnection*conns)/float64(max(n, 1)))
}

// latency merges the histograms of all rounds.
func (m *measured) latency(out *report.Cell) error {
	var all *hdrhistogram.Histogram
	for _, text := range m.Histograms {
		h, err := hdrhistogram.Decode([]byte(text))
		if err != nil {
			return err
		}
		if all == nil {
			all = h
		} else {
			all.Merge(h)
		}
	}
	if q := report.Summarize(all); q != nil {
		out.Latency = &report.Latency{Response: q}
		out.Curve = curve(all)
	}
	return nil
}

// curvePoints are the percentiles of a latency curve.
var curvePoints = []float64{0, 10, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 99.95, 99.99, 99.999, 100}

// curve returns the percentiles that so many values can resolve, and the
// greatest.
func curve(h *hdrhistogram.Histogram) (c []report.CurvePoint) {
	for _, p := range curvePoints {
		if p < 100 && float64(h.TotalCount())*(100-p) < 100 {
			continue // less than one value lies beyond
		}
		c = append(c, report.CurvePoint{Percentile: p, Ns: h.ValueAtQuantile(p)})
	}
	return c
}

// intervals are the rounds one after the other, without what lay between.
func (m *measured) intervals() (all []report.Interval) {
	at := 0.0
	for i, took := range m.TookS {
		v := report.Interval{StartS: at, EndS: at + took, Messages: new(m.Messages[i]), PayloadBytes: m.Payload[i], WireBytes: new(m.Wire[i])}
		all = append(all, v.WithRates())
		at += took
	}
	return all
}
