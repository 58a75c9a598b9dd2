package report

import (
	"math"
	"strings"
	"testing"
)

func TestConditions(t *testing.T) {
	for _, c := range []struct {
		text  string
		value float64 // of the metric in echo(); NaN: not measured
		ok    bool
	}{
		{"p99<5ms", 212000, true}, {"p99 < 212us", 212000, false}, {"p99<=212us", 212000, true}, {"p99.9<1.24ms", 1240000, false}, {"p999<2ms", 1240000, true},
		{"service.p99<121001ns", 121000, true}, {"service.p99.9>=832us", 832000, true}, {"p99.99<4ms", 3900000, true}, {"mean>0", 31400, true},
		{"errors==0", 0, true}, {"errors!=0", 0, false}, {"errors<0.1%", 0, true}, {"verify_errors==0", 0, true},
		{"goodput>1Mbit", 64 * 1000123 / 10.0004, true}, {"goodput>=7MB/s", 64 * 1000123 / 10.0004, false}, {"messages>100k", 1000123 / 10.0004, true},
		{"overhead<=106.25%", 1.0625, true}, {"overhead<1.06", 1.0625, false}, {"lost==0", math.NaN(), false}, {"lost<1%", math.NaN(), false}, {"retransmits<1", math.NaN(), false},
		{"cpu<12", 11.51, true}, {"cpu_per_message<12us", 11.51 / 1000123 * 1e9, true},
	} {
		cs, err := ParseConditions(c.text)
		if err != nil || len(cs) != 1 {
			t.Errorf("%s: %v, %v", c.text, cs, err)
			continue
		}
		got := cs[0].Check(echo())
		if got.OK != c.ok || (got.Value == nil) != math.IsNaN(c.value) || got.Value != nil && math.Abs(*got.Value-c.value) > 1e-6*c.value {
			t.Errorf("%s: %+v (value %v), want %v, %t", c.text, got, got.Measured(), c.value, c.ok)
		}
	}
}

// A share is one of all that was asked for: what failed is not among the messages that came.
func TestShareOfErrors(t *testing.T) {
	r := echo()
	r.Totals.Messages, r.Totals.Errors = new(int64(990)), 10
	for text, ok := range map[string]bool{"errors<1%": false, "errors<=1%": true, "errors<1.01%": true} {
		cs, err := ParseConditions(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := cs[0].Check(r); got.OK != ok || *got.Value != 0.01 {
			t.Errorf("%s: %+v (value %v)", text, got, *got.Value)
		}
	}
}

// What is lost one way is a share of what was sent that way.
func TestShareOfOneWay(t *testing.T) {
	r := echo()
	r.Directions = &Directions{Up: Direction{Sent: new(int64(50)), Lost: new(int64(1))}, Down: Direction{Sent: new(int64(200)), Lost: new(int64(1))}}
	for text, ok := range map[string]bool{"up.lost<=2%": true, "up.lost<2%": false, "down.lost<=0.5%": true, "down.lost<0.5%": false, "up.lost==1": true, "up.jitter<1s": false} {
		cs, err := ParseConditions(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := cs[0].Check(r); got.OK != ok {
			t.Errorf("%s: %+v", text, got)
		}
	}
}

func TestSeveralConditions(t *testing.T) {
	cs, err := ParseConditions("p99<2ms, errors<0.1%")
	if err != nil || len(cs) != 2 || cs[1].String() != "errors<0.1%" {
		t.Fatalf("%v, %v", cs, err)
	}
	r := echo()
	CheckAll(r, cs)
	if len(r.Thresholds) != 2 || len(r.Missed()) != 0 {
		t.Errorf("%+v", r.Thresholds)
	}
}

func TestBadConditions(t *testing.T) {
	for text, says := range map[string]string{
		"":               "want METRIC<VALUE",
		"p99":            "want METRIC<VALUE",
		"p99<":           "want METRIC<VALUE",
		"p99<5":          "needs ns, us, ms or s, such as 5ms",
		"p99<1h":         "such as 1ms",
		"p99<-5ms":       "negative",
		"p99=5ms":        "want METRIC<VALUE",
		"p98<5ms":        "unknown metric \"p98\": the metrics are goodput",
		"goodput>100M":   "needs a unit, such as 100Mbit",
		"goodput>100Mb":  "goodput", // what units says of Mb
		"errors<x%":      "want 0% to 1000000%",
		"p99<5%":         "a percentage goes with errors",
		"errors<-1%":     "want 0% to 1000000%",
		"cpu<NaN":        "want a number",
		"errors<Inf%":    "want 0% to 1000000%",
		"p99<2ms,,p50>0": "want METRIC<VALUE",
	} {
		if cs, err := ParseConditions(text); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, %v, want %q", text, cs, err, says)
		}
	}
}

func FuzzConditions(f *testing.F) {
	for _, s := range []string{"p99<5ms", "errors<0.1%,goodput>1Gbit", "service.p99.9!=0", "overhead<=1e300"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		cs, err := ParseConditions(text)
		if err != nil {
			return
		}
		for _, c := range cs {
			again, err := ParseConditions(c.String())
			if err != nil || len(again) != 1 || again[0].Limit != c.Limit || again[0].Op != c.Op || again[0].Metric.Name != c.Metric.Name {
				t.Errorf("%q parses as %v, which parses as %v, %v", text, c, again, err)
			}
			c.Check(echo())
		}
	})
}

func TestMetricsHaveNamesOfTheirOwn(t *testing.T) {
	names, units := map[string]bool{}, map[string]bool{}
	for _, m := range Metrics() {
		if names[m.Name] || units[m.Unit] || m.Unit == "" || strings.ContainsAny(m.Unit, " \t") {
			t.Errorf("%s in %q: twice, or no unit of benchmark text", m.Name, m.Unit)
		}
		names[m.Name], units[m.Unit] = true, true
		if got, ok := metricNamed(m.Name); !ok || got.Name != m.Name {
			t.Errorf("%s is not found by its name", m.Name)
		}
	}
}
