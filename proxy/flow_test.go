package proxy

import (
	"bytes"
	"io"
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
