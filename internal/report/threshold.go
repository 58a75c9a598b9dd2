package report

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/loadframe/loadframe/internal/units"
)

// Condition is one condition on a result, as --threshold and --slo take it. [ParseConditions] makes one; the zero value holds for
// nothing. It is a value, shared freely.
//
//	p99<5ms   service.p99.9<=800us   errors==0   errors<0.1%   goodput>1Gbit   goodput>=100MB/s   messages>100k
type Condition struct {
	Metric Metric
	Op     string  // < <= > >= == !=
	Limit  float64 // in the unit of the metric
	text   string
	share  bool // the count is taken as a share of the messages
}

// String returns the condition as it was written, without blanks.
func (c Condition) String() string { return c.text }

var condition = regexp.MustCompile(`^([a-z][a-z0-9_.]*)(<=|>=|==|!=|<|>)(.+)$`)

// ParseConditions reads one condition, or several joined by commas. Blanks do not matter. The limit takes the unit of its metric: a
// latency needs one (p99<5 is refused: of what?), a rate in bits or bytes per second too, a count takes k and M, and a percentage
// of errors, lost, reordered or duplicated is one of the messages.
func ParseConditions(text string) ([]Condition, error) {
	var cs []Condition
	for part := range strings.SplitSeq(text, ",") {
		c, err := parseCondition(strings.Join(strings.Fields(part), ""))
		if err != nil {
			return nil, fmt.Errorf("report: threshold %.80q: %w", strings.TrimSpace(part), err)
		}
		cs = append(cs, c)
	}
	return cs, nil
}

func parseCondition(text string) (Condition, error) {
	c := Condition{text: text}
	m := condition.FindStringSubmatch(text)
	if m == nil {
		return c, errors.New("want METRIC<VALUE, with < <= > >= == or !=, such as p99<5ms")
	}
	var ok bool
	if c.Metric, ok = metricNamed(m[1]); !ok {
		return c, fmt.Errorf("unknown metric %q: the metrics are %s", m[1], strings.Join(metricNames(), " "))
	}
	c.Op = m[2]
	literal := m[3]
	if share, ok := strings.CutSuffix(literal, "%"); ok {
		v, err := strconv.ParseFloat(share, 64)
		switch {
		case err != nil || !(v >= 0 && v <= 1e6):
			return c, fmt.Errorf("%q: want 0%% to 1000000%%", literal)
		case c.Metric.unit != count && c.Metric.unit != ratio:
			return c, fmt.Errorf("%q: a percentage goes with errors, verify_errors, lost, reordered, duplicated and overhead", literal)
		}
		c.Limit, c.share = v/100, c.Metric.unit == count
		return c, nil
	}
	var err error
	c.Limit, err = c.Metric.parse(literal)
	return c, err
}

// parse reads a value in the unit of the metric.
func (m Metric) parse(literal string) (float64, error) {
	switch m.unit {
	case nanoseconds:
		if last := literal[len(literal)-1]; last != 's' && literal != "0" {
			number := strings.TrimRight(literal, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
			return 0, fmt.Errorf("%q: a latency needs ns, us, ms or s, such as %sms", literal, number)
		}
		d, err := units.ParseDuration(literal)
		return float64(d), err
	case bytesPerS:
		// Both 100MB/s and 1Gbit are in use for a goodput; "100M" could be either.
		if !strings.ContainsAny(literal, "bB") {
			return 0, fmt.Errorf("%q: a goodput needs a unit, such as %sbit or %sB/s", literal, literal, literal)
		}
		bits, err := units.ParseRate(literal)
		return float64(bits) / 8, err
	case perS, count:
		n, err := units.ParseCount(literal)
		return float64(n), err
	}
	v, err := strconv.ParseFloat(literal, 64)
	if err != nil || !(v >= 0 && v <= 1e18) {
		return 0, fmt.Errorf("%q: want a number", literal)
	}
	return v, nil
}

// Check returns what r says to the condition. What was not measured does not hold.
func (c Condition) Check(r *Result) Threshold {
	t := Threshold{Expr: c.text, Value: c.value(r)}
	if t.Value == nil {
		return t
	}
	switch v := *t.Value; c.Op {
	case "<":
		t.OK = v < c.Limit
	case "<=":
		t.OK = v <= c.Limit
	case ">":
		t.OK = v > c.Limit
	case ">=":
		t.OK = v >= c.Limit
	case "==":
		t.OK = v == c.Limit
	case "!=":
		t.OK = v != c.Limit
	}
	return t
}

// value is what is compared with the limit. A run that broke off did not measure what it was to measure, except how it broke.
func (c Condition) value(r *Result) *float64 {
	v := c.Metric.Of(r)
	if !c.share || v == nil {
		return v
	}
	total := *v // errors are not among the messages that came
	switch sent := c.Metric.sent(r); {
	case sent != nil:
		total = float64(*sent)
	case r.Totals.Messages != nil:
		total += float64(*r.Totals.Messages)
	}
	if total == 0 {
		return new(0.0)
	}
	return new(*v / total)
}

// CheckAll fills in r.Thresholds.
func CheckAll(r *Result, cs []Condition) {
	r.Thresholds = nil
	for _, c := range cs {
		r.Thresholds = append(r.Thresholds, c.Check(r))
	}
}

func metricNames() []string {
	var names []string
	for _, m := range metrics {
		names = append(names, m.Name)
	}
	return names
}
