package proxy

import (
	"math/rand/v2"
	"testing"
	"time"
)

// Between any two writes no more passes than the rate allows, and if there is
// always something to send, no less.
func TestRate(t *testing.T) {
	for _, c := range []struct {
		spec  string
		bytes int
		rate  float64 // bytes/s
		burst int
	}{
		{"rate=1Mbit,burst=1000", 1 << 20, 125_000, 1000},
		{"rate=1Mbit,burst=300000", 1 << 20, 125_000, 300_000},
		{"rate=80Mbit", 4 << 20, 1e7, 100_000},
		{"rate=8kbit,slice=1", 3000, 1000, 1448},
		{"rate=777kbit,slice=1..1448,delay=5ms", 1 << 19, 97_125, 1448},
	} {
		rec, _, err := flowOf(t, c.spec, &sender{[][]byte{make([]byte, c.bytes)}, nil})
		if err != nil || rec.data.Len() != c.bytes {
			t.Fatalf("%s: %d bytes, %v", c.spec, rec.data.Len(), err)
		}
		writes := rec.writes[:len(rec.writes)-1]
		for from := range writes {
			if from > 50 && from < len(writes)-50 {
				continue
			}
			sent := 0
			for _, w := range writes[from:] {
				sent += w.n
				if most := (w.at-writes[from].at).Seconds()*c.rate + float64(c.burst) + 1; float64(sent) > most {
					t.Fatalf("%s: %d bytes between %v and %v, at most %.0f", c.spec, sent, writes[from].at, w.at, most)
				}
			}
		}
		took := writes[len(writes)-1].at
		want := time.Duration(float64(c.bytes-c.burst) / c.rate * 1e9)
		if took < want-ms || took > want+10*ms {
			t.Errorf("%s: took %v, want %v", c.spec, took, want)
		}
	}
}

// A bucket that is asked late catches up by its burst and not by more.
func TestBucketLate(t *testing.T) {
	s := mustParse(t, "rate=8Mbit,burst=10000")
	now := time.Unix(1000, 0)
	b := newBucket(&s, now)
	r := rand.New(rand.NewPCG(5, 5))
	type passed struct {
		at time.Time
		n  int
	}
	var all []passed
	for range 3000 {
		now = now.Add(time.Duration(r.IntN(3000)) * time.Microsecond) // the caller is late by up to 3 ms
		n := 1 + r.IntN(3000)
		if due := b.take(n, now); due.After(now) {
			now = due
		}
		all = append(all, passed{now, n})
	}
	for from := range all {
		sum := 0
		for _, p := range all[from:min(from+200, len(all))] {
			sum += p.n
			if most := p.at.Sub(all[from].at).Seconds()*1e6 + 10_001; float64(sum) > most {
				t.Fatalf("%d bytes in %v", sum, p.at.Sub(all[from].at))
			}
		}
	}
}
