package bench

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/internal/report"
	"github.com/loadframe/loadframe/internal/units"
)

// Base returns the point around which factors are varied: round trips of 64
// bytes that every framing carries without an escape, 16 in flight on each of two
// connections, as many a write as are allowed.
func Base() report.Point {
	return report.Point{Name: "base", Workload: client.Echo, Sizes: "64", Payload: client.PayloadLetters, Segments: client.CutsWhole, Batch: 16, Depth: 16, Connections: 2}
}

// factor is one thing that can be varied.
type factor struct {
	name   string
	values []string // by default
	set    func(p *report.Point, value string) error
}

// factors in the order in which points stand.
var factors = []factor{
	{"size", []string{"16", "256", "1024", "4096", "65536", "bimodal:64,4096,0.1", "lognormal:512,1.2"}, setSize},
	{"payload", []string{client.PayloadZeros, client.PayloadText, client.PayloadRandom, client.PayloadWorst}, func(p *report.Point, v string) error { p.Payload = v; return nil }},
	{"segments", []string{"1", "7", "536", "1448", client.CutsRandom, client.CutsHead, client.CutsDelimiter}, func(p *report.Point, v string) error { p.Segments = v; return nil }},
	{"batch", []string{"1"}, func(p *report.Point, v string) error { return setCount(&p.Batch, v) }},
	{"depth", []string{"1", "256"}, setDepth},
	{"connections", []string{"64"}, func(p *report.Point, v string) error { return setCount(&p.Connections, v) }},
	{"workload", []string{client.Ack, client.Pull}, setWorkload},
	{"reader", []string{"1ms"}, func(p *report.Point, v string) error { p.Reader = v; return nil }},
	{"path", []string{"rate=10Mbit", "delay=1ms"}, setPath},
	{"neighbour", neighbourNames(), setNeighbour},
	{"scenario", scenarioNames(), setScenario},
}

// quickFactors are what a comparison in half a minute varies.
var quickFactors = []string{"size=16/1024/65536"}

// scenarios are points that differ from the base in several factors, as
// programs do that exist.
var scenarios = []struct {
	name  string
	point report.Point
}{
	{"telemetry", report.Point{Workload: client.Ack, Sizes: "lognormal:120,0.6", Payload: client.PayloadLetters, Segments: client.CutsWhole, Batch: 64, Depth: 256, Connections: 8}},
	{"rpc", report.Point{Workload: client.Echo, Sizes: "lognormal:512,1.2", Payload: client.PayloadLetters, Segments: client.CutsWhole, Batch: 1, Depth: 1024, Connections: 16, Arrival: "poisson:10000"}},
	{"transfer", report.Point{Workload: client.Pull, Sizes: "65536", Payload: client.PayloadLetters, Segments: client.CutsWhole, Batch: 1, Depth: 1, Connections: 1}},
}

// FactorNames returns the factors that there are.
func FactorNames() (names []string) {
	for _, f := range factors {
		names = append(names, f.name)
	}
	return names
}

// ParseFactors checks lists of factors, with commas between where a factor has no
// values: size, or size=16/1024. Without any it returns all.
func ParseFactors(lists []string) ([]string, error) {
	if len(lists) == 0 {
		return FactorNames(), nil
	}
	var asked []string
	for _, list := range lists {
		parts := []string{list}
		if !strings.Contains(list, "=") {
			parts = strings.Split(list, ",")
		}
		for _, text := range parts {
			name, values, given := strings.Cut(text, "=")
			if name == "base" || name == "none" {
				if given {
					return nil, fmt.Errorf("bench: factor %.32q: %s varies nothing, and has no values", text, name)
				}
				continue // there always
			}
			if given && slices.Contains(strings.Split(values, "/"), "") {
				return nil, fmt.Errorf("bench: factor %.64q: a value is empty: want %s, or %s=VALUE/VALUE", text, name, name)
			}
			if !slices.Contains(FactorNames(), name) {
				return nil, fmt.Errorf("bench: unknown factor %.32q: the factors are %s; base varies none", name, strings.Join(FactorNames(), ", "))
			}
			if slices.ContainsFunc(asked, func(s string) bool { n, _, _ := strings.Cut(s, "="); return n == name }) {
				return nil, fmt.Errorf("bench: factor %s is given twice: values have slashes between, as in size=16/1024", name)
			}
			asked = append(asked, text)
		}
	}
	return asked, nil
}

// Points returns the base point and those of the factors asked for, which are
// as [ParseFactors] returns them: one factor at a time, never the full product.
func Points(asked []string) ([]report.Point, error) {
	all := []report.Point{Base()}
	for _, f := range factors {
		for _, text := range asked {
			name, list, given := strings.Cut(text, "=")
			if name != f.name {
				continue
			}
			values := f.values
			if given {
				values = strings.Split(list, "/")
			}
			for _, v := range values {
				p := Base()
				if err := f.set(&p, v); err != nil {
					return nil, fmt.Errorf("bench: factor %s=%.32s: %w", name, v, err)
				}
				if p == Base() {
					return nil, fmt.Errorf("bench: factor %s=%.32s: that is the base point", name, v)
				}
				p.Name, p.Factor, p.Value = name+"="+v, name, v
				if slices.ContainsFunc(all, func(q report.Point) bool { return q.Name == p.Name }) {
					return nil, fmt.Errorf("bench: factor %s: the value %.32s is there twice", name, v)
				}
				all = append(all, p)
			}
		}
	}
	return all, nil
}

func setCount(n *int, value string) error {
	v, err := strconv.Atoi(value)
	if err != nil || v < 1 {
		return fmt.Errorf("want a number of 1 or more")
	}
	*n = v
	return nil
}

// setDepth lets one write carry all that may be in flight, as at the base
// point: how many messages share a write is a factor by itself.
func setDepth(p *report.Point, value string) error {
	err := setCount(&p.Depth, value)
	p.Batch = min(p.Batch, p.Depth)
	return err
}

func setSize(p *report.Point, value string) error {
	if n, err := units.ParseSize(value); err == nil {
		if n < 1 {
			return fmt.Errorf("want 1 byte or more")
		}
		p.Sizes = strconv.FormatInt(int64(n), 10)
		return nil
	}
	p.Sizes = value
	return nil
}

// setWorkload leaves out what a bulk workload has not.
func setWorkload(p *report.Point, value string) error {
	switch value {
	case client.Echo, client.Ack:
	case client.Pull:
		p.Batch, p.Depth = 1, 1
	default:
		return fmt.Errorf("want echo, ack or pull")
	}
	p.Workload = value
	return nil
}

func setScenario(p *report.Point, value string) error {
	for _, s := range scenarios {
		if s.name == value {
			*p = s.point
			return nil
		}
	}
	return fmt.Errorf("the scenarios are %s", strings.Join(scenarioNames(), ", "))
}

func scenarioNames() (names []string) {
	for _, s := range scenarios {
		names = append(names, s.name)
	}
	return names
}

// constantSize returns the bytes of a message at a point, 0 where they vary.
func constantSize(p report.Point) int64 {
	n, err := strconv.ParseInt(p.Sizes, 10, 64)
	if err != nil {
		return 0
	}
	return n
}
