package report

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/loadframe/loadframe/internal/units"
)

// Confidence is what a [Spread] asks for: the interval holds the true median with at least this probability.
const Confidence = 0.95

// Repeat is what several runs of one configuration gave.
type Repeat struct {
	Runs    []*Result `json:"runs"`    // in the order in which they were run
	Metrics []Spread  `json:"metrics"` // of the runs that did not fail; what one of them did not measure is left out
}

// Spread is the median of a metric over repeated runs, with an interval for the true median that assumes nothing of the distribution:
// the bounds are order statistics, as benchstat takes them. Fewer than six runs cannot reach 95 %: Low and High are then the least and
// the greatest, and Confidence says what they are worth (five runs: 93.8 %).
type Spread struct {
	Metric     string  `json:"metric"`     // as in --threshold
	Unit       string  `json:"unit"`       // of median, low and high
	Median     float64 `json:"median"`     // over the runs
	Low        float64 `json:"low"`        // of the interval
	High       float64 `json:"high"`       // of the interval
	Confidence float64 `json:"confidence"` // probability that the interval holds the true median
	Runs       int     `json:"runs"`       // that count
}

// SpreadOf returns the median of values and its interval. Without values it is the zero Spread.
func SpreadOf(values []float64) Spread {
	n := len(values)
	if n == 0 {
		return Spread{}
	}
	v := slices.Sorted(slices.Values(values))
	s := Spread{Median: (v[(n-1)/2] + v[n/2]) / 2, Low: v[0], High: v[n-1], Confidence: 1 - math.Exp2(float64(1-n)), Runs: n}
	// The median lies outside the k-th smallest to the k-th greatest value if fewer than k of n tosses show heads, or fewer than k tails.
	p := math.Exp2(float64(-n)) // exactly 0 tosses
	tail := p
	for k := 2; 2*k <= n; k++ {
		p *= float64(n-k+2) / float64(k-1)
		if tail += p; 1-2*tail < Confidence {
			break
		}
		s.Low, s.High, s.Confidence = v[k-1], v[n-k], 1-2*tail
	}
	return s
}

// Combine returns one result for several runs of one configuration: the first's description, the sums of all totals and times, and
// under Repeat the runs and the spread of each metric. Latency is for the caller to fill in from merged histograms: percentiles do not
// add. It fails if there is none; the runs are kept, not copied.
func Combine(runs []*Result) (*Result, error) {
	if len(runs) == 0 {
		return nil, fmt.Errorf("report: no runs to combine")
	}
	out := *runs[0]
	out.Latency, out.TCPInfo, out.Intervals, out.Thresholds, out.Cost, out.Health = nil, nil, nil, nil, nil, nil
	out.Directions, out.Path, out.Stream, out.Idle = nil, nil, nil, nil
	out.Clock = nil // each run has its own
	out.DurationS, out.Totals, out.Error = 0, Totals{}, ""
	var broken []string
	for i, r := range runs {
		out.DurationS += r.DurationS
		out.Path = out.Path.plus(r.Path, out.Totals.came(), r.Totals.came(), out.Totals.Connections, r.Totals.Connections, i == 0)
		out.Stream = out.Stream.plus(r.Stream, out.Totals.Connections, r.Totals.Connections, i == 0)
		out.Idle = out.Idle.plus(r.Idle, i == 0)
		out.Totals = out.Totals.plus(r.Totals, i == 0)
		out.Cost = out.Cost.plus(r.Cost, i == 0)
		out.TCPInfo = out.TCPInfo.plus(r.TCPInfo, i == 0)
		out.Directions = out.Directions.plus(r.Directions, out.Totals.Connections-r.Totals.Connections, r.Totals.Connections, i == 0)
		out.Health = out.Health.with(r.Health)
		if r.Failed() {
			broken = append(broken, fmt.Sprintf("run %d: %s", i+1, r.Error))
		}
	}
	out.Error = strings.Join(broken, "; ")
	out.Rates = out.Totals.Rates(out.DurationS)
	out.Directions.rates(out.DurationS)
	out.Repeat = &Repeat{Runs: runs, Metrics: spreads(runs)}
	return &out, nil
}

func spreads(runs []*Result) []Spread {
	all := []Spread{} // an array in every document
	for _, m := range metrics {
		var values []float64
		whole := true
		for _, r := range runs {
			if r.Failed() {
				continue
			}
			v := m.Of(r)
			if whole = whole && v != nil; whole {
				values = append(values, *v)
			}
		}
		if !whole || len(values) == 0 {
			continue
		}
		s := SpreadOf(values)
		s.Metric, s.Unit = m.Name, m.Unit
		all = append(all, s)
	}
	return all
}

// plus adds totals. What one of the runs did not measure, the sum does not know.
func (t Totals) plus(u Totals, first bool) Totals {
	if first {
		return u
	}
	return Totals{
		Messages: sum(t.Messages, u.Messages), PayloadBytes: t.PayloadBytes + u.PayloadBytes, WireBytes: sum(t.WireBytes, u.WireBytes),
		Errors: t.Errors + u.Errors, VerifyErrors: sum(t.VerifyErrors, u.VerifyErrors), Connections: t.Connections + u.Connections,
		Sent: sum(t.Sent, u.Sent), Lost: sum(t.Lost, u.Lost), Reordered: sum(t.Reordered, u.Reordered), Duplicated: sum(t.Duplicated, u.Duplicated),
		Unsent: sum(t.Unsent, u.Unsent), Late: sum(t.Late, u.Late), Faults: sumFaults(t.Faults, u.Faults),
	}
}

// came returns how many datagrams a path tells of.
func (t Totals) came() (n int64) {
	for _, part := range []*int64{t.Messages, t.Duplicated} {
		if part != nil {
			n += *part
		}
	}
	return n
}

// plus adds what two runs, or instances, saw of their paths: p tells of n datagrams on a connections, q of m on b.
func (p *Path) plus(q *Path, n, m, a, b int64, first bool) *Path {
	if first || p == nil || q == nil {
		if !first {
			return nil
		}
		return q
	}
	mean := func(x, y, n, m int64) int64 {
		return units.Whole((float64(x)*float64(n) + float64(y)*float64(m)) / float64(max(n+m, 1)))
	}
	return &Path{DelayMinNs: min(p.DelayMinNs, q.DelayMinNs), DelayMeanNs: mean(p.DelayMeanNs, q.DelayMeanNs, n, m),
		DelayMaxNs: max(p.DelayMaxNs, q.DelayMaxNs), JitterNs: mean(p.JitterNs, q.JitterNs, a, b)}
}

// plus adds what the connections of two runs cost the server.
func (i *Idle) plus(j *Idle, first bool) *Idle {
	if first || i == nil || j == nil {
		if !first {
			return nil
		}
		return j
	}
	out := &Idle{Connections: i.Connections + j.Connections, HeapBytes: i.HeapBytes + j.HeapBytes, StackBytes: i.StackBytes + j.StackBytes, RSSBytes: i.RSSBytes + j.RSSBytes}
	if n := out.Connections; n > 0 {
		out.BytesPerConnection, out.RSSBytesPerConnection = (out.HeapBytes+out.StackBytes)/n, out.RSSBytes/n
	}
	return out
}

func sumFaults(a, b map[string]int64) map[string]int64 {
	if len(b) == 0 {
		return a
	}
	out := maps.Clone(b)
	for class, n := range a {
		out[class] += n
	}
	return out
}

func (c *Cost) plus(d *Cost, first bool) *Cost {
	if first || c == nil || d == nil {
		if !first {
			return nil
		}
		return d
	}
	return &Cost{
		ClientCPUS: sum(c.ClientCPUS, d.ClientCPUS), ServerCPUS: sum(c.ServerCPUS, d.ServerCPUS), ProcessCPUS: sum(c.ProcessCPUS, d.ProcessCPUS),
		ClientReads: sum(c.ClientReads, d.ClientReads), ClientWrites: sum(c.ClientWrites, d.ClientWrites),
		ServerReads: sum(c.ServerReads, d.ServerReads), ServerWrites: sum(c.ServerWrites, d.ServerWrites),
	}
}

// plus adds counters, and weighs means by the connections that they are of.
func (i *TCPInfo) plus(j *TCPInfo, first bool) *TCPInfo {
	if first || i == nil || j == nil {
		if !first {
			return nil
		}
		return j
	}
	mean := func(a, b *int64) *int64 {
		n := i.Connections + j.Connections
		if a == nil || b == nil || n <= 0 {
			return nil
		}
		return new(units.Whole((float64(*a)*float64(i.Connections) + float64(*b)*float64(j.Connections)) / float64(n)))
	}
	return &TCPInfo{
		Connections: i.Connections + j.Connections, Congestion: i.Congestion, MSS: i.MSS, PMTU: i.PMTU,
		RTTNs: mean(i.RTTNs, j.RTTNs), RTTVarNs: mean(i.RTTVarNs, j.RTTVarNs), MinRTTNs: mean(i.MinRTTNs, j.MinRTTNs), SndCwnd: mean(i.SndCwnd, j.SndCwnd),
		Retransmits: sum(i.Retransmits, j.Retransmits), RetransmitBytes: sum(i.RetransmitBytes, j.RetransmitBytes),
		DeliveryRateBytesPerS: mean(i.DeliveryRateBytesPerS, j.DeliveryRateBytesPerS),
	}
}

func sum[T int64 | float64](a, b *T) *T {
	if a == nil || b == nil {
		return nil
	}
	return new(*a + *b)
}

// with gathers the doubts: one run that cannot be believed is enough.
func (h *Health) with(g *Health) *Health {
	if g == nil {
		return h
	}
	out := Health{}
	if h != nil {
		out = *h
	}
	out.GeneratorLimited = out.GeneratorLimited || g.GeneratorLimited
	for _, reason := range g.Reasons {
		if !slices.Contains(out.Reasons, reason) {
			out.Reasons = append(slices.Clip(out.Reasons), reason)
		}
	}
	return &out
}
