package report

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"path/filepath"
	"slices"
	"strings"
)

// Part is the result of one instance, as it was read.
type Part struct {
	Name       string // of its file
	Result     *Result
	Histograms *Histograms // empty for workloads without latency
}

// Check refuses a document that is no result of an instance.
func (p *Part) Check() error {
	r := p.Result
	switch {
	case r.Schema != Schema:
		return fmt.Errorf("report: schema %.64q: want %s", r.Schema, Schema)
	case r.Merged != nil:
		return fmt.Errorf("report: it is itself what merge has made of run %.64q: want the results of instances, with that elsewhere", r.Merged.Run)
	case r.Instance == nil:
		return errors.New("report: it does not say which part of which run it is of: want a result of --result-dir")
	case r.Instance.Histograms != filepath.Base(r.Instance.Histograms) && r.Instance.Histograms != "":
		return fmt.Errorf("report: histograms %.64q: want the name of a file beside it", r.Instance.Histograms)
	case r.DurationS < 0 || r.DurationS > maxSeconds || r.Config.OmitS < 0 || r.Config.OmitS > maxSeconds:
		return fmt.Errorf("report: a duration of %g s behind %g s: want 0 to %g", r.DurationS, r.Config.OmitS, maxSeconds)
	case len(r.Intervals) > maxIntervals || r.Config.IntervalS < 0 || r.Config.IntervalS > 0 && r.Config.IntervalS < 1e-3:
		return fmt.Errorf("report: %d intervals of %g s", len(r.Intervals), r.Config.IntervalS)
	}
	_, _, err := r.Instance.Segment.span()
	return err
}

const (
	maxSeconds   = 1e9 // 31 years: ns of it fit into an int64
	maxIntervals = 1e7
)

func (p *Part) instance() *Instance { return p.Result.Instance }

// Merge puts the parts of a run together: percentiles from the sums of the histograms, bucket for bucket. It refuses parts that are
// missing, there twice, overlapping, or of another run, and says which; with partial it takes those that fit together and says
// what they cover. A part that failed makes the whole failed. The parts are not changed.
func Merge(parts []*Part, partial bool) (*Result, *Histograms, error) {
	if len(parts) == 0 {
		return nil, nil, errors.New("report: no results of instances to merge")
	}
	fit, left := alike(parts)
	fit, twice := disjoint(fit)
	left = append(left, twice...)
	missing, covered := uncovered(fit)
	if wrong := slices.Concat(left, prefixed("missing segment ", missing)); len(wrong) > 0 && !partial {
		return nil, nil, fmt.Errorf("report: the results are not one whole run: %s", strings.Join(wrong, "; "))
	}
	out, h, err := together(fit)
	if err != nil {
		return nil, nil, err
	}
	m := out.Merged
	m.Missing, m.LeftOut, m.Covered = missing, left, covered
	if covered < 1 {
		out.doubt(fmt.Sprintf("only %.4g %% of the run is covered: totals and rates are those of %s", 100*covered, strings.Join(segments(fit), ", ")))
	}
	for _, reason := range left {
		out.doubt("left out: " + reason)
	}
	return out, h, nil
}

func prefixed(with string, all []string) (out []string) {
	for _, s := range all {
		out = append(out, with+s)
	}
	return out
}

func segments(parts []*Part) (out []string) {
	for _, p := range parts {
		out = append(out, p.instance().Segment.String())
	}
	return out
}

// own are the keys of a configuration in which the instances of one run may differ.
var own = []string{"addr", "embedded", "bind", "title", "labels", "timeout_s", "server_version"}

// facts are what the instances of one run have in common.
func (p *Part) facts() map[string]string {
	r := p.Result
	doc, _ := json.Marshal(r.Config) // it was read from JSON
	var keys map[string]json.RawMessage
	_ = json.Unmarshal(doc, &keys)
	facts := map[string]string{}
	for key, value := range keys {
		if !slices.Contains(own, key) {
			facts["config."+key] = string(value)
		}
	}
	facts["run"], facts["tool"] = p.instance().Run, r.Tool.Name+" "+r.Tool.Version
	facts["workload"], facts["framing"], facts["transport"] = r.Workload, r.Framing, r.Transport
	return facts
}

// alike returns the parts that agree with most others in what was run, and what is wrong with the rest.
func alike(parts []*Part) (fit []*Part, wrong []string) {
	groups := map[string][]*Part{}
	most := ""
	for _, p := range parts {
		key, _ := json.Marshal(p.facts()) // of a map: in order
		groups[string(key)] = append(groups[string(key)], p)
	}
	for _, key := range slices.Sorted(maps.Keys(groups)) {
		if len(groups[key]) > len(groups[most]) {
			most = key
		}
	}
	fit = groups[most]
	want := fit[0].facts()
	for _, p := range parts {
		if slices.Contains(fit, p) {
			continue
		}
		got := p.facts()
		if got["run"] != want["run"] { // in what else it differs is its own affair
			wrong = append(wrong, fmt.Sprintf("%s does not match: run is %s, of %s %s", p.Name, got["run"], fit[0].Name, want["run"]))
			continue
		}
		var differ []string
		for _, key := range slices.Sorted(maps.Keys(union(got, want))) {
			if got[key] != want[key] {
				differ = append(differ, fmt.Sprintf("%s is %s, of %s %s", key, cmp.Or(got[key], "absent"), fit[0].Name, cmp.Or(want[key], "absent")))
			}
		}
		wrong = append(wrong, fmt.Sprintf("%s does not match: %s", p.Name, strings.Join(differ, ", ")))
	}
	return fit, wrong
}

func union(a, b map[string]string) map[string]string {
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}

// disjoint returns the parts in the order of their segments, without those that run again what another one has run.
func disjoint(parts []*Part) (fit []*Part, wrong []string) {
	parts = slices.SortedStableFunc(slices.Values(parts), func(a, b *Part) int {
		from, _, _ := a.instance().Segment.span()
		other, _, _ := b.instance().Segment.span()
		return from.Cmp(other)
	})
	end := new(big.Rat)
	for _, p := range parts {
		from, to, _ := p.instance().Segment.span()
		if from.Cmp(end) < 0 {
			before := fit[len(fit)-1]
			how := "overlaps segment " + before.instance().Segment.String()
			if before.instance().Segment == p.instance().Segment {
				how = "is there twice"
			}
			wrong = append(wrong, fmt.Sprintf("%s: segment %s %s, in %s", p.Name, p.instance().Segment, how, before.Name))
			continue
		}
		fit, end = append(fit, p), to
	}
	return fit, wrong
}

// uncovered returns the segments that no part has, and which part of the run the others are. Parts are in order and disjoint.
func uncovered(parts []*Part) (missing []string, covered float64) {
	end, sum := new(big.Rat), new(big.Rat)
	gap := func(from, to *big.Rat) {
		if from.Cmp(to) < 0 {
			missing = append(missing, gapNames(from, to, parts[0].instance().Segment.Count)...)
		}
	}
	for _, p := range parts {
		from, to, _ := p.instance().Segment.span()
		gap(end, from)
		sum.Add(sum, new(big.Rat).Sub(to, from))
		end = to
	}
	gap(end, one)
	covered, _ = sum.Float64()
	return missing, covered
}

// maxNamed is how many missing segments are named one by one.
const maxNamed = 16

// gapNames names what lies between two ends, by its segments if they are equal.
func gapNames(from, to *big.Rat, count int) (names []string) {
	n := new(big.Rat).SetInt64(int64(count))
	first, last := new(big.Rat).Mul(from, n), new(big.Rat).Mul(to, n)
	if count < 1 || !first.IsInt() || !last.IsInt() {
		return []string{from.RatString() + ":" + to.RatString()}
	}
	a, b := first.Num().Int64(), last.Num().Int64()
	if b-a > maxNamed {
		return []string{fmt.Sprintf("%d/%d to %d/%d", a+1, count, b, count)}
	}
	for i := a; i < b; i++ {
		names = append(names, fmt.Sprintf("%d/%d", i+1, count))
	}
	return names
}

// doubt adds a reason not to believe the result.
func (r *Result) doubt(reason string) {
	h := Health{}
	if r.Health != nil {
		h = *r.Health
	}
	h.Reasons = append(slices.Clip(h.Reasons), reason)
	r.Health = &h
}
