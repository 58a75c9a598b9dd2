package client

import (
	"runtime"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/loadframe/loadframe/internal/sysinfo"
)

func filled(ns ...int64) *hdrhistogram.Histogram {
	h := newHistogram()
	for _, v := range ns {
		enter(h, v)
	}
	return h
}

// Messages that were never sent are told; they are this machine's fault if it was late with one that nothing kept back.
func TestDoubtOfUnsent(t *testing.T) {
	for behind, limited := range map[time.Duration]bool{0: false, doubtLag: false, 2 * doubtLag: true} {
		var h Health
		if h.unsent(5, behind); h.GeneratorLimited != limited || h.Late != limited || !strings.HasPrefix(h.Reasons[0], "5 messages were due") ||
			limited && !strings.HasPrefix(h.Reasons[1], "one of them was 2.00 ms late, over 1.00 ms, ") {
			t.Errorf("behind by %v: %+v", behind, h)
		}
	}
}

// Each reason is given when its reading is over the limit, and not under it.
func TestDoubt(t *testing.T) {
	pauses := func(short, long uint64) *metrics.Float64Histogram {
		return &metrics.Float64Histogram{Counts: []uint64{0, short, long}, Buckets: []float64{0, 1e-4, 5e-3, 1}}
	}
	start := time.Now()
	begin := vitals{at: start, hasCPU: true, steals: true, pauses: pauses(5, 5)}
	cores := time.Duration(runtime.GOMAXPROCS(0))
	for _, c := range []struct {
		name          string
		change        func(*vitals)
		response, lag *hdrhistogram.Histogram
		want          string
	}{
		{"nothing", func(*vitals) {}, nil, nil, ""},
		{"CPU", func(v *vitals) { v.cpu = sysinfo.CPU{User: 9500 * time.Millisecond * cores} }, nil, nil, "used 95 %"},
		{"less CPU", func(v *vitals) { v.cpu = sysinfo.CPU{User: 8 * time.Second * cores} }, nil, nil, ""},
		{"CPU of a moment", func(v *vitals) { v.at = start.Add(time.Millisecond); v.cpu = sysinfo.CPU{User: time.Hour} }, nil, nil, ""},
		{"a long pause", func(v *vitals) { v.pauses = pauses(5, 6) }, nil, nil, "up to 5.00 ms, over 1.00 ms"},
		{"many pauses", func(v *vitals) { v.pauses = pauses(2005, 5) }, nil, nil, "200 ms in all"},
		{"some pauses", func(v *vitals) { v.pauses = pauses(500, 5) }, nil, nil, ""},
		{"steal", func(v *vitals) { v.steal = time.Second * time.Duration(runtime.NumCPU()) }, nil, nil, "steal"},
		{"little steal", func(v *vitals) { v.steal = 50 * time.Millisecond }, nil, nil, ""},
		{"lag", func(*vitals) {}, filled(3e6), filled(2e6), "schedule lag is 2.00 ms, over 1.00 ms"},
		{"lag that does not matter", func(*vitals) {}, filled(300e6), filled(2e6), ""},
		{"little lag", func(*vitals) {}, filled(1e6), filled(9e5), ""},
	} {
		end := begin
		end.at = start.Add(10 * time.Second)
		c.change(&end)
		h := doubt(begin, end, c.response, c.lag)
		got := strings.Join(h.Reasons, "; ")
		if h.GeneratorLimited != (c.want != "") || len(h.Reasons) > 1 || !strings.Contains(got, c.want) {
			t.Errorf("%s: limited %v, %q, want %q", c.name, h.GeneratorLimited, got, c.want)
		}
		if h.Late != strings.Contains(c.want, "lag") || h.Busy != strings.Contains(c.want, "used") {
			t.Errorf("%s: late %v, busy %v", c.name, h.Late, h.Busy)
		}
	}
	// The real readings are there.
	a := readVitals()
	runtime.GC()
	if b := readVitals(); a.pauses == nil || len(a.pauses.Counts) != len(b.pauses.Counts) {
		t.Error("the runtime does not tell its pauses by this name")
	}
}
