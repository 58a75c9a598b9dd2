package proxy

import (
	"bytes"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// write is one call that a flow made, and when. At the end there is one with
// end set.
type write struct {
	at  time.Duration
	n   int
	end bool
}

// record is a receiver that takes everything at once and writes down when.
type record struct {
	begin  time.Time
	writes []write
	data   bytes.Buffer
}

func (r *record) Write(b []byte) (int, error) {
	r.writes = append(r.writes, write{at: time.Since(r.begin), n: len(b)})
	return r.data.Write(b)
}

func (r *record) CloseWrite() error {
	r.writes = append(r.writes, write{at: time.Since(r.begin), end: true})
	return nil
}

// sender is what a flow reads: each part a time after the one before.
type sender struct {
	parts [][]byte
	after []time.Duration // of each part, and of the end; 0 beyond
}

func (s *sender) Read(b []byte) (int, error) {
	if len(s.after) > 0 {
		time.Sleep(s.after[0])
		s.after = s.after[1:]
	}
	if len(s.parts) == 0 {
		return 0, io.EOF
	}
	n := copy(b, s.parts[0])
	if s.parts[0] = s.parts[0][n:]; len(s.parts[0]) == 0 {
		s.parts = s.parts[1:]
	}
	return n, nil
}

// flowOf runs a flow in a bubble, whose clock moves only when everybody waits:
// the times are exact.
func flowOf(t *testing.T, spec string, src *sender) (*record, Counts, error) {
	t.Helper()
	s := mustParse(t, spec)
	var rec *record
	var c counts
	var err error
	synctest.Test(t, func(t *testing.T) {
		rec = &record{begin: time.Now()}
		f := newFlow(&s, 0, up, rec, &c, 1000, nil)
		stop := make(chan struct{})
		var reader sync.WaitGroup
		reader.Go(func() { f.fill(src, stop) })
		err = f.drain()
		close(stop)
		reader.Wait()
	})
	return rec, c.load(), err
}

func at(ms int, n int) write { return write{at: time.Duration(ms) * time.Millisecond, n: n} }
func end(ms int) write       { return write{at: time.Duration(ms) * time.Millisecond, end: true} }

const ms = time.Millisecond

// abc comes as three parts of 10 bytes, 10 ms apart, and the end 10 ms later.
func abc() *sender {
	p := func() []byte { return make([]byte, 10) }
	return &sender{[][]byte{p(), p(), p()}, []time.Duration{0, 10 * ms, 10 * ms, 10 * ms}}
}

func TestFlowTimes(t *testing.T) {
	for _, c := range []struct {
		spec   string
		want   []write
		counts Counts // In aside, which is 30
	}{
		{"seed=1", []write{at(0, 10), at(10, 10), at(20, 10), end(30)}, Counts{}},
		{"delay=100ms", []write{at(100, 10), at(110, 10), at(120, 10), end(130)}, Counts{}},
		{"slice=4", []write{at(0, 4), at(0, 4), at(0, 2), at(10, 2), at(10, 4), at(10, 4), at(20, 4), at(20, 4), at(20, 2), end(30)}, Counts{}},
		{"slice=10,gap=25ms", []write{at(0, 10), at(25, 10), at(50, 10), end(50)}, Counts{}},
		{"stall=1s@15", []write{at(0, 10), at(10, 5), at(1010, 5), at(1010, 10), end(1010)}, Counts{Stalls: 1}},
		{"stall=1s@0", []write{at(1000, 10), at(1000, 10), at(1000, 10), end(1000)}, Counts{Stalls: 1}},
		{"stall=1s@30", []write{at(0, 10), at(10, 10), at(20, 10), end(1020)}, Counts{Stalls: 1}},
		{"stall=6ms/8ms", []write{at(0, 10), at(14, 10), at(22, 10), end(30)}, Counts{Stalls: 2}},
		{"fin=@15", []write{at(0, 10), at(10, 5), end(10)}, Counts{Fins: 1, Discarded: 15}},
		{"fin=@0", []write{end(0)}, Counts{Fins: 1, Discarded: 30}},
		{"fin=15ms", []write{at(0, 10), at(10, 10), end(15)}, Counts{Fins: 1, Discarded: 10}},
		{"fin=15ms,delay=12ms", []write{at(12, 10), end(15)}, Counts{Fins: 1, Discarded: 20}},
		{"fin=15ms,stall=1s@10", []write{at(0, 10), end(15)}, Counts{Fins: 1, Stalls: 1, Discarded: 20}},
		{"blackhole=@15", []write{at(0, 10), at(10, 5)}, Counts{Blackholes: 1, Discarded: 15}},
		{"blackhole=15ms", []write{at(0, 10), at(10, 10)}, Counts{Blackholes: 1, Discarded: 10}},
		{"blackhole=15ms,delay=1s", []write{at(1000, 10), at(1010, 10)}, Counts{Blackholes: 1, Discarded: 10}}, // what came before is on its way
		{"stall=1s@15,fin=@15", []write{at(0, 10), at(10, 5), end(1010)}, Counts{Stalls: 1, Fins: 1, Discarded: 15}},
		{"drop=@3,stall=1s@4", []write{at(0, 3), at(1000, 6), at(1000, 10), at(1000, 10), end(1000)}, Counts{Stalls: 1, Dropped: 1}},
	} {
		rec, n, err := flowOf(t, c.spec, abc())
		if err != nil || !slices.Equal(rec.writes, c.want) {
			t.Errorf("%s: %v, %v, want %v", c.spec, rec.writes, err, c.want)
		}
		c.counts.In, c.counts.Out = 30, int64(rec.data.Len())
		for _, w := range c.want {
			if !w.end {
				c.counts.Writes++
			}
		}
		if n != c.counts || n.Out+n.Discarded != n.In-n.Dropped+n.Inserted+n.Duplicated {
			t.Errorf("%s: counts %+v, want %+v", c.spec, n, c.counts)
		}
	}
}

func TestFlowReset(t *testing.T) {
	rec, n, err := flowOf(t, "reset=@15", abc())
	if err != errReset || !slices.Equal(rec.writes, []write{at(0, 10), at(10, 5)}) || n.Out != 15 || n.Discarded < 5 {
		t.Errorf("%v, %v, %+v", rec.writes, err, n)
	}
}

// Whatever jitter draws, nothing is overtaken, and the mean is the delay where
// nothing could be.
func TestJitter(t *testing.T) {
	for _, spec := range []string{"delay=20ms,jitter=20ms", "delay=20ms,jitter=20ms,dist=normal,seed=3"} {
		src := &sender{}
		for i := range 3000 {
			src.parts = append(src.parts, []byte{byte(i), byte(i >> 8)})
			src.after = append(src.after, ms)
		}
		rec, _, err := flowOf(t, spec, src)
		if err != nil || len(rec.writes) != 3001 {
			t.Fatalf("%s: %d writes, %v", spec, len(rec.writes), err)
		}
		for i, b := 0, rec.data.Bytes(); i < 3000; i++ {
			if b[2*i] != byte(i) || b[2*i+1] != byte(i>>8) {
				t.Fatalf("%s: part %d is overtaken", spec, i)
			}
			if by := rec.writes[i].at - time.Duration(i+1)*ms; by < 0 || by > 40*ms {
				t.Fatalf("%s: part %d is late by %v", spec, i, by)
			}
		}
		again, _, _ := flowOf(t, spec, &sender{[][]byte{make([]byte, 5)}, nil})
		same, _, _ := flowOf(t, spec, &sender{[][]byte{make([]byte, 9)}, nil})
		if again.writes[0].at != same.writes[0].at {
			t.Errorf("%s: the same seed gives %v and %v", spec, again.writes[0].at, same.writes[0].at)
		}

		// Far apart nothing waits for what came before.
		src = &sender{}
		for range 2000 {
			src.parts = append(src.parts, []byte{0})
			src.after = append(src.after, time.Second)
		}
		rec, _, _ = flowOf(t, spec, src)
		sum := time.Duration(0)
		differ := map[time.Duration]bool{}
		for i, w := range rec.writes[:2000] {
			by := w.at - time.Duration(i+1)*time.Second
			sum += by
			differ[by] = true
		}
		if mean := sum / 2000; mean < 19*ms || mean > 21*ms || len(differ) < 1000 {
			t.Errorf("%s: mean of %v, %d different delays", spec, mean, len(differ))
		}
	}
}

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

// The sizes of writes do not depend on what the reads returned, as long as
// there is something to write.
func TestSlices(t *testing.T) {
	for spec, want := range map[string]func(n int) bool{
		"slice=1":               func(n int) bool { return n == 1 },
		"slice=7":               func(n int) bool { return n == 7 },
		"slice=1448":            func(n int) bool { return n == 1448 },
		"slice=1..1448,seed=9":  func(n int) bool { return 1 <= n && n <= 1448 },
		"slice=536..537,seed=9": func(n int) bool { return n == 536 || n == 537 },
	} {
		const size = 7 * 1448 * 2
		rec, c, err := flowOf(t, spec, &sender{[][]byte{make([]byte, size)}, nil})
		if err != nil || rec.data.Len() != size || c.Writes != int64(len(rec.writes)-1) {
			t.Fatalf("%s: %d bytes, %v", spec, rec.data.Len(), err)
		}
		seen := map[int]bool{}
		var ends []int
		sum := 0
		for _, w := range rec.writes[:len(rec.writes)-2] { // the last one has what is left
			if !want(w.n) {
				t.Fatalf("%s: a write of %d bytes", spec, w.n)
			}
			seen[w.n] = true
			sum += w.n
			ends = append(ends, sum)
		}
		cut := &sender{}
		for i := 0; i < size; i += 100 {
			cut.parts = append(cut.parts, make([]byte, min(100, size-i)))
		}
		again, _, _ := flowOf(t, spec, cut)
		sum = 0
		var all []int
		for _, w := range again.writes {
			sum += w.n
			all = append(all, sum)
		}
		for _, e := range ends {
			if _, ok := slices.BinarySearch(all, e); !ok {
				t.Fatalf("%s: cut otherwise, no write ends at %d", spec, e)
			}
		}
		if spec == "slice=1..1448,seed=9" && len(seen) < 10 {
			t.Errorf("%s: %d sizes", spec, len(seen))
		}
	}
}

// A receiver that takes nothing stops the sender, at the buffer and not later,
// also if what comes is small.
func TestQueueBounded(t *testing.T) {
	for _, size := range []int{1, 1000, readSize} {
		n := 0
		synctest.Test(t, func(t *testing.T) {
			q := newQueue(64 << 10)
			stop, done := make(chan struct{}), make(chan struct{})
			go func() {
				defer close(done)
				for q.push(chunk{data: make([]byte, size)}, stop) {
					n++
				}
			}()
			synctest.Wait()
			held := n * (size + overhead)
			if held < 64<<10 || held > 64<<10+size+overhead {
				t.Errorf("chunks of %d: %d held in %d chunks", size, held, n)
			}
			before := n
			q.pop()
			synctest.Wait()
			if n == before && size == readSize {
				t.Errorf("chunks of %d: no room is made by taking one", size)
			}
			close(stop)
			<-done
		})
	}
}
