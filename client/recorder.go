package client

import (
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// The greatest latency that is told apart, and the digits that are kept.
const (
	latencyMax    = int64(time.Hour)
	latencyDigits = 3
)

func newHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(1, latencyMax, latencyDigits)
}

// timing is what is known of one message, ns.
type timing struct {
	response int64 // due to done
	service  int64 // sent to done
	lag      int64 // what the generator was late
	up, down int64 // of stamp: one-way delays; of churn up is connecting
}

// recorder gathers the latencies of one connection, or of those of one loop, under
// the worker's lock.
//
// A histogram is 220 KiB large: one a connection would be 2 GB with 10,000,
// and with a thousand each entry would miss the cache (measured: 4 % of the
// client's time). So all connections share one page, and values wait here
// until there are enough of them to be worth its lock. A histogram only counts:
// whoever enters the values, and in whatever order, it comes out the same.
type recorder struct {
	page    *page
	n       int
	pending [64]timing
}

func (r *recorder) record(t timing) {
	r.pending[r.n] = t
	if r.n++; r.n == len(r.pending) {
		r.flush()
	}
}

func (r *recorder) flush() {
	r.page.enter(r.pending[:r.n])
	r.n = 0
}

// page holds the latencies of all connections in one span of time. In a closed
// loop service would be the same as response, and lag nothing: they are nil.
type page struct {
	mu                     sync.Mutex
	response, service, lag *hdrhistogram.Histogram
	up, down               *hdrhistogram.Histogram // of stamp: one-way delays
	connect                *hdrhistogram.Histogram // of churn
}

func newPage(c *Config) *page {
	p := &page{response: newHistogram()}
	if c.schedule != nil {
		p.service, p.lag = newHistogram(), newHistogram()
	}
	switch c.Workload {
	case Stamp:
		p.up, p.down = newHistogram(), newHistogram()
	case Churn:
		p.connect = newHistogram()
	}
	return p
}

func (p *page) enter(ts []timing) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range ts {
		enter(p.response, t.response)
		if p.service != nil {
			enter(p.service, t.service)
			enter(p.lag, t.lag)
		}
		if p.up != nil {
			enter(p.up, t.up)
			enter(p.down, t.down)
		}
		if p.connect != nil {
			enter(p.connect, t.up)
		}
	}
}

func enter(h *hdrhistogram.Histogram, ns int64) {
	_ = h.RecordValue(min(max(ns, 1), latencyMax)) // no other error than out of range
}

// merge adds q, exactly: both have the same buckets.
func (p *page) merge(q *page) {
	others := q.all()
	for i, h := range p.all() {
		h.Merge(others[i])
	}
}

// all returns the histograms that there are, always in the same order.
func (p *page) all() (hs []*hdrhistogram.Histogram) {
	for _, h := range []*hdrhistogram.Histogram{p.response, p.service, p.lag, p.up, p.down, p.connect} {
		if h != nil {
			hs = append(hs, h)
		}
	}
	return hs
}

// reset empties p. What is empty already need not be written all over again:
// a burst of 10,000 messages lasts for no more than some ms.
func (p *page) reset() {
	for _, h := range p.all() {
		if h.TotalCount() > 0 {
			h.Reset()
		}
	}
}

// book turns pages. One is written by the workers, one is empty or read by the
// ticker, which alone uses the book: each worker changes from one to the other
// under its lock, and when all have, nobody writes the first any more.
type book struct {
	present, spare, total *page

	upward Counts   // at the last turn, of the workers that count what they send: counters that have moved on since would not fit the sum of all
	each   []Counts // at the last turn, by worker; nil: nobody asks
}

func newBook(c *Config) *book {
	return &book{present: newPage(c), spare: newPage(c), total: newPage(c)}
}

// reset empties all pages, for another run of the same Config.
func (b *book) reset() {
	for _, p := range []*page{b.present, b.spare, b.total} {
		p.reset()
	}
	b.upward, b.each = Counts{}, nil
}

// keep adds the full page to the total. The first is the total as it is: to go
// through all buckets takes longer than some thousand messages.
func (b *book) keep(full *page) {
	if b.total.response.TotalCount() > 0 {
		b.total.merge(full)
		return
	}
	b.total, b.spare = full, b.total
}

// turn lets the workers begin a new page, and returns the full one, valid until
// the next turn, with what all workers had counted when they left it; upward is
// what of that was counted by those that count what they send, and each what was
// counted by each.
func (b *book) turn(workers []*worker) (full *page, sum Counts) {
	b.spare.reset()
	b.upward = Counts{}
	full, b.present = b.present, b.spare
	var held *sync.Mutex
	for i, w := range workers {
		if w.mu != held { // those that share one stand together
			if held != nil {
				held.Unlock()
			}
			held = w.mu
			held.Lock()
		}
		if w.record != nil {
			w.record.flush()
			w.record.page = b.present
		}
		own := w.count.read()
		sum = sum.plus(own)
		if b.each != nil {
			b.each[i] = own
		}
		if w.up {
			b.upward = b.upward.plus(own)
		}
	}
	if held != nil {
		held.Unlock()
	}
	b.spare = full
	return full, sum
}
