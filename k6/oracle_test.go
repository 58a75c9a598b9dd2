package k6_test

import (
	"fmt"
	"math/big"
	"testing"
	"testing/quick"
	"time"

	"go.k6.io/k6/v2/lib"

	"github.com/loadframe/loadframe/client"
)

// tuple is k6's account of segment i of n equal ones.
func tuple(t *testing.T, s client.Segment) *lib.ExecutionTuple {
	t.Helper()
	whole, err := lib.NewExecutionSegmentFromString("0:1")
	if err != nil {
		t.Fatal(err)
	}
	parts, err := whole.Split(int64(s.Count))
	if err != nil {
		t.Fatal(err)
	}
	sequence, err := lib.NewExecutionSegmentSequence(parts...)
	if err != nil {
		t.Fatal(err)
	}
	et, err := lib.NewExecutionTuple(parts[s.Index], &sequence)
	if err != nil {
		t.Fatal(err)
	}
	return et
}

// Our segments are k6's, where k6 has been told of the whole sequence: the same
// ends, the same shares of any total, and the same things of the whole.
func TestSegmentsAreThoseOfK6(t *testing.T) {
	check := func(count uint8, index uint8, total uint32) bool {
		s := client.Segment{Count: 1 + int(count)%64}
		s.Index = int(index) % s.Count
		et := tuple(t, s)
		if got, want := s.Share(int64(total)), et.ScaleInt64(int64(total)); got != want {
			t.Errorf("segment %v has %d of %d, by k6's account %d", s, got, total, want)
			return false
		}
		from, to := s.Span()
		ours, err := lib.NewExecutionSegmentFromString(from + ":" + to)
		if err != nil || !ours.Equal(et.Segment) {
			t.Errorf("segment %v is %s:%s, by k6's account %v, %v", s, from, to, et.Segment, err)
			return false
		}
		if back, err := client.ParseSegment(et.Segment.String()); err != nil || back != s {
			t.Errorf("k6's %v is read as %v, %v, not as %v", et.Segment, back, err, s)
			return false
		}
		at := lib.NewSegmentedIndex(et)
		for j := range int64(200) {
			mine, whole := at.Next() // both from 1
			if mine != j+1 || whole-1 != s.At(j) || !s.Owns(whole-1) {
				t.Errorf("thing %d of segment %v is %d, by k6's account %d", j, s, s.At(j), whole-1)
				return false
			}
		}
		return true
	}
	if err := quick.Check(check, &quick.Config{MaxCount: 3000}); err != nil {
		t.Error(err)
	}
}

// The arrivals of all segments are those of the whole, at the times that k6's
// arithmetic gives them: thing k of a rate is due after k/rate.
func TestArrivalsAreThoseOfK6(t *testing.T) {
	check := func(count uint8, perSecond uint16, total uint16) bool {
		n, rate := 1+int(count)%16, 1+int64(perSecond)
		schedule, err := client.ParseSchedule(fmt.Sprint(rate))
		if err != nil {
			t.Fatal(err)
		}
		cursor := schedule.Cursor(0)
		sum, sumRate := int64(0), new(big.Rat)
		seen := make([]bool, total)
		for i := range n {
			s := client.Segment{Index: i, Count: n}
			et := tuple(t, s)
			sumRate.Add(sumRate, et.Segment.CopyScaleRat(new(big.Rat).SetInt64(rate)))
			share := et.ScaleInt64(int64(total))
			sum += share
			at := lib.NewSegmentedIndex(et)
			for range share {
				_, whole := at.Next()
				k := whole - 1
				if k >= int64(total) || seen[k] {
					t.Errorf("segment %v: thing %d of %d is not its own", s, k, total)
					return false
				}
				seen[k] = true
				due, ok := cursor.Due(k)
				exact := new(big.Rat).Mul(big.NewRat(k, rate), new(big.Rat).SetInt64(int64(time.Second)))
				ns, _ := exact.Float64()
				if off := float64(due) - ns; !ok || off < -1 || off > 1 {
					t.Errorf("thing %d at %d/s is due after %v, want %v ns", k, rate, due, ns)
					return false
				}
			}
		}
		if sum != int64(total) || sumRate.Cmp(new(big.Rat).SetInt64(rate)) != 0 {
			t.Errorf("%d segments of %d have %d; of %d/s they have %v/s", n, total, sum, rate, sumRate)
			return false
		}
		return true
	}
	if err := quick.Check(check, &quick.Config{MaxCount: 100}); err != nil {
		t.Error(err)
	}
}
