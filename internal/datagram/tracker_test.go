package datagram

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

// model counts as [Receipt] says, remembering everything.
func model(sequences []uint64) Receipt {
	var r Receipt
	came := map[uint64]bool{}
	var next uint64
	for _, s := range sequences {
		if s == 1<<64-1 {
			s--
		}
		r.Received++
		switch {
		case s >= next:
			r.Lost += s - next
			next = s + 1
		case next-s > Window:
			r.Late++
			continue
		case came[s]:
			r.Duplicated++
		default:
			r.Reordered++
			r.Lost--
		}
		came[s] = true
	}
	if next > 0 {
		r.Highest = next - 1
	}
	return r
}

func compare(t *testing.T, sequences []uint64) Receipt {
	t.Helper()
	var k Tracker
	for _, s := range sequences {
		k.Add(s, 0, 0)
	}
	got := k.Receipt()
	if want := model(sequences); got != want {
		t.Fatalf("%d datagrams:\n got %+v\nwant %+v", len(sequences), got, want)
	}
	return got
}

func TestTracker(t *testing.T) {
	const w = Window
	for _, tc := range []struct {
		name                            string
		sequences                       []uint64
		lost, duplicated, reorder, late uint64
	}{
		{"none", nil, 0, 0, 0, 0},
		{"in order", []uint64{0, 1, 2}, 0, 0, 0, 0},
		{"first lost", []uint64{2}, 2, 0, 0, 0},
		{"swapped", []uint64{1, 0, 2}, 0, 0, 1, 0},
		{"twice", []uint64{0, 0, 1, 0}, 0, 2, 0, 0},
		{"late and twice", []uint64{3, 1, 1}, 2, 1, 1, 0},
		{"as late as can be told", []uint64{w, 1}, w - 1, 0, 1, 0},
		{"too late to tell", []uint64{w, 0}, w, 0, 0, 1},
		{"mark of a window ago", []uint64{0, w, w}, w - 1, 1, 0, 0},
		{"marks forgotten on a leap", []uint64{5, w + 5 + 63, w + 5}, w + 66, 0, 1, 0},
		{"a leap as wide as there is", []uint64{0, 1<<64 - 1, 1<<64 - 2, 1<<64 - 3}, 1<<64 - 4, 1, 1, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if r := compare(t, tc.sequences); r.Lost != tc.lost || r.Duplicated != tc.duplicated || r.Reordered != tc.reorder || r.Late != tc.late {
				t.Errorf("%+v", r)
			}
		})
	}
}

// A path that loses, repeats and delays: the sums agree with what it did.
func TestTrackerAgainstAPath(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var sequences []uint64
	var lost, twice uint64
	const n = 200_000
	for s := range uint64(n) {
		switch rng.IntN(20) {
		case 0:
			if s < n-1 { // a loss at the end shows only in what was sent
				lost++
				continue
			}
		case 1:
			sequences = append(sequences, s)
			twice++
		}
		sequences = append(sequences, s)
	}
	for i := range sequences[:len(sequences)-2000] { // not the last: the greatest must be last
		if rng.IntN(10) == 0 {
			j := i + rng.IntN(1000)
			sequences[i], sequences[j] = sequences[j], sequences[i]
		}
	}
	r := compare(t, sequences)
	if r.Lost != lost || r.Duplicated != twice || r.Late != 0 || r.Reordered == 0 || r.Received != n-lost+twice {
		t.Errorf("lost %d, repeated %d; counted %+v", lost, twice, r)
	}
}

func FuzzTracker(f *testing.F) {
	f.Add([]byte{0, 1, 0, 2, 0, 3}, false)
	f.Add([]byte{0xff, 0xff, 0, 0, 0x80, 0, 0x20, 0, 0x20, 1}, true)
	f.Fuzz(func(t *testing.T, in []byte, high bool) {
		var sequences []uint64
		for ; len(in) >= 2; in = in[2:] {
			s := uint64(binary.BigEndian.Uint16(in))
			if high && s&1 == 1 {
				s += 1<<64 - 1<<16
			}
			sequences = append(sequences, s)
		}
		compare(t, sequences)
	})
}

func TestTrackerAllocatesNothing(t *testing.T) {
	var k Tracker
	s := uint64(0)
	if n := testing.AllocsPerRun(1000, func() { k.Add(s, 64, 1); s += 3 }); n != 0 {
		t.Errorf("%v allocations a datagram", n)
	}
}
