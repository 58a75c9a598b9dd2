package client

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/loadframe/loadframe/internal/datagram"
	"github.com/loadframe/loadframe/internal/record"
)

func TestRecordSequence(t *testing.T) {
	type counts struct{ lost, duplicated, reordered, outdated int64 }
	for name, c := range map[string]struct {
		numbers []int64
		want    counts
	}{
		"in order":             {[]int64{0, 1, 2, 3}, counts{}},
		"begun late":           {[]int64{100, 101}, counts{}},
		"lost":                 {[]int64{0, 1, 4, 5, 9}, counts{lost: 5}},
		"repeated":             {[]int64{0, 1, 1, 2, 2, 2}, counts{duplicated: 3}},
		"swapped":              {[]int64{0, 2, 1, 3}, counts{reordered: 1}},
		"before the first":     {[]int64{5, 3, 6}, counts{lost: 1, reordered: 1}},
		"late and repeated":    {[]int64{0, 3, 1, 1}, counts{lost: 1, reordered: 1, duplicated: 1}},
		"all of it":            {[]int64{0, 1, 5, 3, 3, 5, 4, 9}, counts{lost: 4, reordered: 2, duplicated: 2}},
		"at the window's edge": {[]int64{0, datagram.Window - 1, 0}, counts{lost: datagram.Window - 2, duplicated: 1}},
		"beyond the window":    {[]int64{0, datagram.Window, 0}, counts{lost: datagram.Window - 1, outdated: 1}},
		"far before the first": {[]int64{1_000_000, 7, 999_998}, counts{lost: 1, reordered: 1, outdated: 1}},
		"as far as it goes":    {[]int64{0, 1<<53 - 1}, counts{lost: 1<<53 - 2}},
	} {
		s := newRecordSequence(c.numbers[0])
		for _, n := range c.numbers[1:] {
			s.take(n)
		}
		r := s.Receipt()
		if got := (counts{s.lost(), int64(r.Duplicated), int64(r.Reordered), int64(r.Late) + s.outdated}); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

// Known damage to a long run is found exactly.
func TestRecordSequenceDamaged(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var numbers []int64
	var lost, duplicated, reordered int64
	for n := int64(0); n < 300_000; n++ {
		switch k := r.IntN(20); {
		case k == 0 && n > 0 && n < 299_990:
			lost++
		case k == 1:
			numbers = append(numbers, n, n)
			duplicated++
		case k == 2 && n < 299_990 && n > 0:
			numbers = append(numbers, n+1, n)
			reordered++
			n++
		default:
			numbers = append(numbers, n)
		}
	}
	s := newRecordSequence(numbers[0])
	for _, n := range numbers[1:] {
		s.take(n)
	}
	got := s.Receipt()
	if s.lost() != lost || int64(got.Duplicated) != duplicated || int64(got.Reordered) != reordered || lost == 0 {
		t.Errorf("lost %d of %d, duplicated %d of %d, reordered %d of %d", s.lost(), lost, got.Duplicated, duplicated, got.Reordered, reordered)
	}
}

// Clocks that differ make delays negative: percentiles stay in order.
func TestDelays(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, offset := range []int64{0, -50_000, -500_000, -5_000_000} {
		var d Delays
		var all []int64
		for range 10_000 {
			ns := offset + r.Int64N(1_000_000)
			all = append(all, ns)
			d.Record(time.Duration(ns))
		}
		slices.Sort(all)
		s := d.Summary()
		if s.Count != 10_000 || s.Min != all[0] || s.Max != all[len(all)-1] {
			t.Errorf("offset %d: %+v", offset, s)
		}
		for _, q := range []struct {
			percent float64
			got     int64
		}{{50, s.P50}, {90, s.P90}, {99, s.P99}, {99.9, s.P999}} {
			want := all[int(math.Ceil(q.percent/100*10_000))-1]
			if diff := math.Abs(float64(q.got - want)); diff > math.Max(math.Abs(float64(want))/500, 500) {
				t.Errorf("offset %d: p%v = %d, want %d", offset, q.percent, q.got, want)
			}
		}
	}
	if s := new(Delays).Summary(); s != (DelaySummary{}) {
		t.Errorf("of nothing: %+v", s)
	}
	var far Delays
	far.Record(-math.MaxInt64)
	far.Record(math.MaxInt64)
	if s := far.Summary(); s.Min != -math.MaxInt64 || s.Max != math.MaxInt64 || s.P50 > -latencyMax {
		t.Errorf("beyond the range: %+v", s)
	}
}

// Anybody can invent runs: what is kept of them is bounded.
func TestRecordStatsBounded(t *testing.T) {
	var s RecordStats
	now := time.Now()
	for i := range 2 * maxRuns {
		s.Take(Record{Arrived: now, Record: record.Record{Run: string(rune('a' + i)), Sent: now.UnixNano()}})
	}
	s.Take(Record{Arrived: now, Record: record.Record{Time: "yesterday"}})
	if got := s.Summary(); len(s.runs) != maxRuns || got.Unfollowed != maxRuns || got.Numbered != 2*maxRuns || got.Records != 2*maxRuns+1 || got.Undated != 1 || got.Delay.Count != 2*maxRuns {
		t.Errorf("%d runs, %+v", len(s.runs), got)
	}
}
