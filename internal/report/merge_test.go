package report

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// part is segment index of count of a run of 3 s from begin on, whose own clock
// is ahead by ahead.
func part(index, count int, begin, ahead time.Duration) *Part {
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	r := &Result{Schema: Schema, Start: start.Add(begin + ahead), DurationS: 3, Workload: "echo", Framing: "u32", Transport: "tcp",
		Config: Config{Workload: "echo", Connections: 6, IntervalS: 1}}
	r.Totals = Totals{Messages: new(int64(300)), PayloadBytes: 3000, WireBytes: new(int64(4200)), Connections: 2}
	r.Rates = r.Totals.Rates(3)
	h := &Histograms{ByTag: map[string]*hdrhistogram.Histogram{}}
	for i := range 3 {
		line := NewHistogram()
		for k := range 100 {
			_ = line.RecordValue(int64((index+1)*(k+1)) * 1000)
		}
		_ = h.add("", line)
		b, _ := line.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
		h.Spans = append(h.Spans, b)
		r.Intervals = append(r.Intervals, Interval{StartS: float64(i), EndS: float64(i + 1), Messages: new(int64(100)), PayloadBytes: 1000}.WithRates())
	}
	r.Latency = h.latency()
	r.Instance = &Instance{Run: "r", ID: fmt.Sprintf("r.%d", index), Segment: Segment{Index: index, Count: count, Start: fmt.Sprintf("%d/%d", index, count),
		End: fmt.Sprintf("%d/%d", index+1, count)}, Clock: &Clock{OffsetNs: -ahead.Nanoseconds(), ErrorNs: 10, Samples: 64}}
	return &Part{Name: fmt.Sprintf("%d.json", index), Result: r, Histograms: h}
}

// Rates are over the time in which any instance ran, intervals are those of one
// clock, and the differences of the clocks are told with their errors.
func TestMergeOfClocks(t *testing.T) {
	// The second began a second later; its clock is an hour ahead.
	r, h, err := Merge([]*Part{part(1, 2, time.Second, time.Hour), part(0, 2, 0, 0)}, false)
	if err != nil {
		t.Fatal(err)
	}
	if r.DurationS != 4 || r.Merged.TogetherS != 2 || *r.Rates.MessagesPerS != 150 || *r.Totals.Messages != 600 {
		t.Errorf("%g s, together %g, %g/s", r.DurationS, r.Merged.TogetherS, *r.Rates.MessagesPerS)
	}
	if m := r.Merged.Instances[1]; *m.ClockNs != time.Hour.Nanoseconds() || *m.ClockErrorNs != 20 || r.Merged.Instances[0].ClockNs != nil {
		t.Errorf("%+v", m)
	}
	var counts []int64
	for i, v := range r.Intervals {
		counts = append(counts, *v.Messages)
		if v.StartS != float64(i) || v.EndS != float64(i+1) || v.Latency.Response.Count != *v.Messages {
			t.Errorf("interval %d: %+v", i, v)
		}
	}
	if fmt.Sprint(counts) != "[100 200 200 100]" {
		t.Errorf("intervals of %v messages", counts)
	}
	if h.ByTag[""].TotalCount() != 600 || r.Latency.Response.Max != h.ByTag[""].Max() || r.Latency.Response.P50 != h.ByTag[""].ValueAtPercentile(50) {
		t.Errorf("%+v", r.Latency.Response)
	}
	if reasons := strings.Join(r.Health.Reasons, ""); !strings.Contains(reasons, "the 2 instances ran at once for 2.000 s of 4.000 s") {
		t.Errorf("doubts: %s", reasons)
	}
}

func TestMergeRefuses(t *testing.T) {
	whole := func() []*Part { return []*Part{part(0, 3, 0, 0), part(1, 3, 0, 0), part(2, 3, 0, 0)} }
	for want, spoil := range map[string]func([]*Part) []*Part{
		"":                                      func(ps []*Part) []*Part { return ps },
		"missing segment 2/3":                   func(ps []*Part) []*Part { return append(ps[:1], ps[2]) },
		"missing segment 1/3":                   func(ps []*Part) []*Part { return ps[1:] },
		"missing segment 3/3":                   func(ps []*Part) []*Part { return ps[:2] },
		"segment 1/3 is there twice, in 0.json": func(ps []*Part) []*Part { return append(ps, part(0, 3, 0, 0)) },
		"segment 1/2 overlaps segment 1/3":      func(ps []*Part) []*Part { ps[0].Name = "a"; return append(ps, part(0, 2, 0, 0)) },
		"config.seed is 7, of 0.json 0":         func(ps []*Part) []*Part { ps[2].Result.Config.Seed = 7; return ps },
		"tool is loadframe v9":                  func(ps []*Part) []*Part { ps[1].Result.Tool = Tool{Name: "loadframe", Version: "v9"}; return ps },
		"run is s, of 0.json r":                 func(ps []*Part) []*Part { ps[1].Result.Instance.Run = "s"; return ps },
		"its histograms have 200": func(ps []*Part) []*Part { // a line of the log is lost
			ps[1].Histograms.ByTag[""].Reset()
			for range 200 {
				_ = ps[1].Histograms.ByTag[""].RecordValue(1)
			}
			return ps
		},
	} {
		r, _, err := Merge(spoil(whole()), false)
		if want == "" {
			if err != nil || r.Failed() || r.Merged.Covered != 1 {
				t.Errorf("%v, %+v", err, r)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q in it", err, want)
		}
		if strings.HasPrefix(want, "its histograms") {
			continue
		}
		if r, _, err = Merge(spoil(whole()), true); err != nil {
			t.Errorf("%s, partial: %v", want, err)
		} else if says := strings.Join(append(r.Merged.LeftOut, prefixed("missing segment ", r.Merged.Missing)...), "; "); !strings.Contains(says, want) {
			t.Errorf("partial: %q, want %q in it", says, want)
		} else if *r.Totals.Messages != int64(300*len(r.Merged.Instances)) {
			t.Errorf("%s: %d messages of %d instances", want, *r.Totals.Messages, len(r.Merged.Instances))
		}
	}
	ps := whole()
	ps[1].Result.Error = "no progress for 10s"
	if r, _, err := Merge(ps, false); err != nil || !strings.Contains(r.Error, "segment 2/3: no progress for 10s") {
		t.Errorf("an instance that failed: %v", err)
	}
	if err := (&Part{Name: "all.json", Result: &Result{Schema: Schema, Merged: &Merged{Run: "r"}}}).Check(); err == nil || !strings.Contains(err.Error(), `what merge has made of run "r"`) {
		t.Errorf("a merged result among the results: %v", err)
	}
	other := part(1, 3, 0, 0)
	other.Result.Instance.Run, other.Result.Config.Seed = "s", 7
	if _, _, err := Merge(append(whole(), other), false); err == nil || !strings.Contains(err.Error(), "run is s, of 0.json r") || strings.Contains(err.Error(), "seed") {
		t.Errorf("what differs in another run is told: %v", err)
	}
	if _, _, err := Merge(nil, true); err == nil {
		t.Error("nothing is merged")
	}
}

// Parts need not be of equal size, as those of k6 need not.
func TestMergeOfUnequalSegments(t *testing.T) {
	a, b, c := part(0, 3, 0, 0), part(1, 3, 0, 0), part(2, 3, 0, 0)
	a.Result.Instance.Segment = Segment{Start: "0", End: "1/5"}
	b.Result.Instance.Segment = Segment{Start: "0.2", End: "3/4"}
	c.Result.Instance.Segment = Segment{Start: "3/4", End: "1"}
	if r, _, err := Merge([]*Part{c, a, b}, false); err != nil || r.Merged.Covered != 1 || r.Merged.Segments != 0 {
		t.Error(r, err)
	}
	if _, _, err := Merge([]*Part{c, a}, false); err == nil || !strings.Contains(err.Error(), "missing segment 1/5:3/4") {
		t.Error(err)
	}
}

func TestPartCheck(t *testing.T) {
	for want, spoil := range map[string]func(*Result){
		"want fractions from 0 to 1":   func(r *Result) { r.Instance.Segment.End = "1e999999999" },
		"want fractions":               func(r *Result) { r.Instance.Segment.Start = "-1/2" },
		"is empty":                     func(r *Result) { r.Instance.Segment.Start = "1/3"; r.Instance.Segment.End = "1/3" },
		"want loadframe.result/1":      func(r *Result) { r.Schema = "loadframe.result/2" },
		"which part of which run":      func(r *Result) { r.Instance = nil },
		"the name of a file beside it": func(r *Result) { r.Instance.Histograms = "../../etc/passwd" },
		"a duration of 1e+300":         func(r *Result) { r.DurationS = 1e300 },
		"intervals of 1e-300 s":        func(r *Result) { r.Config.IntervalS = 1e-300 },
	} {
		p := part(0, 1, 0, 0)
		if err := p.Check(); err != nil {
			t.Fatal(err)
		}
		spoil(p.Result)
		if err := p.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q in it", err, want)
		}
	}
}

// A log that tells less than was measured, or is none, is refused, and never
// ends the process.
func TestReadHistogramLog(t *testing.T) {
	var b bytes.Buffer
	l, err := NewHistogramLog(&b, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	want := NewHistogram()
	for range 5 {
		h := NewHistogram()
		for range 1000 {
			v := 1 + int64(rng.ExpFloat64()*1e6)
			_, _ = h.RecordValue(v), want.RecordValue(v)
		}
		if err := l.Add(time.Now(), time.Now(), h, h); err != nil {
			t.Fatal(err)
		}
	}
	got, err := ReadHistogramLog(bytes.NewReader(b.Bytes()))
	if err != nil || !got.ByTag[""].Equals(want) || !got.ByTag[ServiceTag].Equals(want) || len(got.Spans) != 5 || fmt.Sprint(got.Tags()) != "[ service]" {
		t.Fatalf("%v, %v", got, err)
	}
	if _, err := ReadHistogramLog(bytes.NewReader(b.Bytes()[:b.Len()-40])); err == nil {
		t.Error("a log that was cut off is read")
	}
	if _, err := ReadHistogramLog(strings.NewReader("#\n" + strings.Repeat("x", maxLine+1))); err == nil || !strings.HasSuffix(err.Error(), "line 2: over the limit of 1048576 bytes") {
		t.Errorf("a line without an end: %v", err)
	}
	other := hdrhistogram.New(1, math.MaxInt64/2, 3)
	_ = other.RecordValue(int64(2 * time.Hour))
	b.Reset()
	if l, err = NewHistogramLog(&b, time.Now()); err == nil {
		err = l.AddTagged("", time.Now(), time.Now(), other)
	}
	if _, rerr := ReadHistogramLog(&b); err != nil || rerr == nil {
		t.Errorf("a value of 2 hours is read: %v", err)
	}
}

func FuzzReadHistogramLog(f *testing.F) {
	var b bytes.Buffer
	l, err := NewHistogramLog(&b, time.UnixMilli(0))
	if err == nil {
		h := NewHistogram()
		_ = h.RecordValue(12345)
		err = l.Add(time.UnixMilli(0), time.UnixMilli(1000), h, h)
	}
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte("Tag=\n,,,\n"))
	f.Add([]byte("0,1,2,HISTFAAA\n"))
	f.Fuzz(func(t *testing.T, doc []byte) {
		h, err := ReadHistogramLog(bytes.NewReader(doc))
		if err == nil && len(h.ByTag) == 0 && len(h.Spans) > 0 {
			t.Error("spans without a sum")
		}
	})
}

// Instances that share a directory do not get into each other's way, and none
// writes over what is there.
func TestResultDir(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	open := func(name string) *ResultDir {
		d, err := OpenResultDir(dir, name)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	a, twin, b := open("r.1of2"), open("r.1of2"), open("r.2of2")
	if err := b.Discard(); err != nil {
		t.Error(err)
	}
	if err := a.Publish(part(0, 2, 0, 0).Result); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(filepath.Join(dir, "r.1of2.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := twin.Publish(part(1, 2, 0, 0).Result); err == nil || !strings.Contains(err.Error(), "another instance has run the same segment meanwhile: "+filepath.Join(dir, "r.1of2.hlog")) {
		t.Errorf("the second of two that began at once: %v", err)
	}
	if _, err := OpenResultDir(dir, "r.1of2"); err == nil || !strings.Contains(err.Error(), "is there already") {
		t.Error(err)
	}
	after, err := os.ReadFile(filepath.Join(dir, "r.1of2.json"))
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("the first result has changed: %v", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
	if _, err := OpenResultDir(filepath.Join(dir, "r.1of2.json"), "x"); err == nil {
		t.Error("a file is no directory")
	}
}
