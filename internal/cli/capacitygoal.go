package cli

import (
	"fmt"
	"math"
	"strings"

	"github.com/loadframe/loadframe/bench/capacity"
	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/internal/report"
)

// goal is one --slo.
type goal struct {
	expr       string
	conditions []report.Condition
	errors     bool    // it says something of errors
	percentile float64 // the greatest that it limits, for which messages are needed; 0: none
}

func parseGoal(text string) (goal, error) {
	cs, err := report.ParseConditions(text)
	if err != nil {
		return goal{}, fmt.Errorf("--slo: %w", err)
	}
	g := goal{conditions: cs}
	var exprs []string
	for _, c := range cs {
		exprs = append(exprs, c.String())
		zero := c.Op == "==" && c.Limit == 0
		if c.Metric.Better != report.Lower || c.Op != "<" && c.Op != "<=" && !zero {
			return goal{}, fmt.Errorf("--slo %s: a goal limits what grows with the load, as p99<2ms or errors==0", c)
		}
		if c.Limit == 0 && c.Op == "<" {
			return goal{}, fmt.Errorf("--slo %s: nothing is less than 0", c)
		}
		g.errors = g.errors || c.Metric.Name == "errors"
		g.percentile = max(g.percentile, percentiles[strings.TrimPrefix(c.Metric.Name, "service.")])
	}
	g.expr = strings.Join(exprs, ",")
	return g, nil
}

var percentiles = map[string]float64{"p50": 50, "p90": 90, "p99": 99, "p999": 99.9, "p9999": 99.99}

// enough is how many messages have to lie beyond a percentile for it to be more
// than a few of them.
const enough = 5

// messages returns of how many messages a trial has to consist.
func (g goal) messages() float64 { return math.Ceil(enough / (1 - g.percentile/100)) }

// verdict says what a trial is to the goal.
//
// What was met was met, whatever else: the load was sent and answered in time.
// What was not is the server's fault only if this machine did its part.
func (g goal) verdict(res *client.Result, out *report.Result) capacity.Verdict {
	ok := out.Totals.Unsent == nil || *out.Totals.Unsent == 0
	if !g.errors {
		ok = ok && out.Totals.Errors == 0
	}
	for _, c := range g.conditions {
		ok = ok && c.Check(out).OK
	}
	switch {
	case ok && res.Took > 0:
		return capacity.Met
	case spoiled(res, g.percentile):
		return capacity.Void
	}
	return capacity.Failed
}

// lagShare is which part of the latency may be this machine's own lateness.
const lagShare = 0.1

// spoiled tells whether it may have been this machine that failed: it was busy,
// or messages went late by a part of their latency that counts, at the
// percentile that the goal is about. Garbage collection and steal are told, but
// spoil a trial only where they show in that.
func spoiled(res *client.Result, percentile float64) bool {
	if res.Failed > 0 {
		return false // connections broke: no lateness does that
	}
	if res.Health.Late || res.Health.Busy {
		return true
	}
	if res.Lag == nil || res.Lag.TotalCount() == 0 {
		return false
	}
	q := max(percentile, 50)
	return float64(res.Lag.ValueAtQuantile(q)) > lagShare*float64(res.Response.ValueAtQuantile(q))
}
