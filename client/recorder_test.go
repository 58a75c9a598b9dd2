package client

import (
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Whatever connections record, and whenever pages are turned meanwhile, what
// comes out is one histogram fed the same values: nothing lost, nothing twice,
// and every page agrees with the counts of its time.
func TestPagesAddUp(t *testing.T) {
	const conns, each = 8, 20_000
	b := newBook(&Config{schedule: new(Schedule)})
	want := newPage(&Config{schedule: new(Schedule)})
	workers := make([]*worker, conns)
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := range workers {
		w := &worker{mu: new(sync.Mutex), id: i, record: &recorder{page: b.present}}
		if workers[i] = w; i > conns/2 { // they share them, as those of a loop do
			w.mu, w.record = workers[conns/2].mu, workers[conns/2].record
		}
		wg.Go(func() {
			r := rand.New(rand.NewPCG(1, uint64(i)))
			for n := 0; n < each; {
				k := min(1+r.IntN(100), each-n)
				ts := make([]timing, k)
				for j := range ts {
					ts[j] = timing{response: int64(r.ExpFloat64() * 1e6), service: int64(r.ExpFloat64() * 1e4), lag: r.Int64N(3)}
				}
				w.mu.Lock()
				for _, t := range ts {
					w.record.record(t)
				}
				add(&w.count.messages, int64(k))
				w.mu.Unlock()
				mu.Lock()
				want.enter(ts)
				mu.Unlock()
				n += k
			}
		})
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	var told int64
	for last := false; ; {
		full, sum := b.turn(workers)
		if full.response.TotalCount() != sum.Messages-told {
			t.Fatalf("a page has %d latencies, the counts grew by %d", full.response.TotalCount(), sum.Messages-told)
		}
		told = sum.Messages
		b.keep(full)
		if last {
			break
		}
		select {
		case <-done:
			last = true
		default:
			runtime.Gosched()
		}
	}
	for name, h := range map[string][2]*hdrhistogram.Histogram{
		"response": {b.total.response, want.response}, "service": {b.total.service, want.service}, "lag": {b.total.lag, want.lag},
	} {
		if !h[0].Equals(h[1]) || h[0].TotalCount() != conns*each {
			t.Errorf("%s: %d values that are not those that were recorded", name, h[0].TotalCount())
		}
	}
}

// A run of an hour records 10^9 values in the memory of one of a second.
func TestRecorderDoesNotGrow(t *testing.T) {
	b := newBook(&Config{schedule: new(Schedule)})
	w := &worker{mu: new(sync.Mutex), record: &recorder{page: b.present}}
	size := b.present.response.ByteSize()
	allocs := math.Inf(1)
	for range 5 { // the least: what other goroutines allocate meanwhile is not ours
		allocs = min(allocs, testing.AllocsPerRun(200, func() {
			w.mu.Lock()
			for i := range int64(1000) {
				w.record.record(timing{response: i << (i % 30), service: i, lag: 1})
			}
			w.mu.Unlock()
		}))
	}
	// The rest of the 10^9, as counts.
	for _, ns := range []int64{1, 1e3, 1e6, 1e9, latencyMax} {
		if err := b.present.response.RecordValues(ns, 200_000_000); err != nil {
			t.Fatal(err)
		}
	}
	page, _ := b.turn([]*worker{w})
	b.keep(page)
	if n := b.total.response.TotalCount(); n < 1_000_000_000 || b.total.response.ByteSize() != size || allocs > 0 {
		t.Errorf("%d values, %d bytes before, %d after, %v allocations", n, size, b.total.response.ByteSize(), allocs)
	}
	if max := b.total.response.Max(); max < latencyMax {
		t.Errorf("max %d", max)
	}
}

func TestFlightGrows(t *testing.T) {
	var f flight
	var next, want int64
	for i := range 10_000 {
		for range i % 7 {
			f.put(stamp{sent: next})
			next++
		}
		for range min(f.n, i%5) {
			if got := f.take().sent; got != want {
				t.Fatalf("took %d, want %d", got, want)
			}
			want++
		}
	}
	if f.n != int(next-want) {
		t.Errorf("%d left, want %d", f.n, next-want)
	}
}

// What an interval says of one way is of the same moment as what it says of both,
// however much has moved since.
func TestTurnOfBothWays(t *testing.T) {
	c, _, err := Config{Workload: Duplex, Addr: "127.0.0.1:1"}.Resolve()
	if err != nil {
		t.Fatal(err)
	}
	b := newBook(&c)
	up, down := &worker{up: true, page: b.present}, &worker{page: b.present}
	up.count.payload.Store(3)
	down.count.payload.Store(4)
	_, sum := b.turn([]*worker{up, down})
	up.count.payload.Store(300)
	if sum.Payload != 7 || b.upward.Payload != 3 {
		t.Errorf("%d of %d bytes went up", b.upward.Payload, sum.Payload)
	}
}
