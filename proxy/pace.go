package proxy

import (
	"math/rand/v2"
	"time"
)

// delayer tells when a chunk may leave that came at a time.
type delayer struct {
	delay, jitter time.Duration
	normal        bool
	random        *rand.Rand
	last          time.Time
}

func newDelayer(s *Spec, conn int64, direction int) delayer {
	key := keyOf(s.Seed, conn, direction, forJitter)
	return delayer{s.Delay, s.Jitter, s.Normal, rand.New(rand.NewPCG(key, key)), time.Time{}}
}

// due returns when. No chunk is due before the one that came before it: TCP
// keeps the order, so what jitter would overtake waits.
func (d *delayer) due(came time.Time) time.Time {
	by := d.delay
	switch {
	case d.jitter == 0:
	case d.normal:
		off := time.Duration(d.random.NormFloat64() * float64(d.jitter))
		by += min(max(off, -d.delay), d.delay) // at both ends alike: the mean stays
	default:
		by += time.Duration(d.random.Int64N(2*int64(d.jitter)+1)) - d.jitter
	}
	if at := came.Add(by); at.After(d.last) {
		d.last = at
	}
	return d.last
}

// bucket is a token bucket that is kept as the time until which its tokens are
// spent: between any two moments it lets pass at most
//
//	rate * (the time between them) + burst
//
// bytes, whenever the caller wakes up. A rate of 0 is no limit.
type bucket struct {
	rate  int64         // bits/s
	depth time.Duration // what the burst takes at the rate
	spent time.Time
	rest  int64 // of a division by rate: fractions of a nanosecond are not lost
}

func newBucket(s *Spec, now time.Time) bucket {
	if s.Rate == 0 {
		return bucket{}
	}
	b := bucket{rate: int64(s.Rate)}
	b.depth = time.Duration(float64(s.burst()) * 8e9 / float64(b.rate))
	b.spent = now.Add(-b.depth)
	return b
}

// take returns when n bytes may pass, n at most maxSlice.
func (b *bucket) take(n int, now time.Time) time.Time {
	if b.rate == 0 {
		return now
	}
	if full := now.Add(-b.depth); b.spent.Before(full) {
		b.spent, b.rest = full, 0
	}
	v := int64(n)*8e9 + b.rest
	b.rest = v % b.rate
	b.spent = b.spent.Add(time.Duration(v / b.rate))
	return b.spent
}

// slicer cuts what goes out into writes.
type slicer struct {
	least, most int
	key         uint64
	i           uint64
	left        int // of the slice that was begun
}

// next returns how many of n bytes go into one write. A slice may come in
// parts: what is there is not held back for what may come.
func (s *slicer) next(n int) int {
	if s.most == 0 {
		return min(n, maxSlice)
	}
	if s.left == 0 {
		s.left = s.least + int(draw(s.key, s.i)%uint64(s.most-s.least+1))
		s.i++
	}
	n = min(n, s.left)
	s.left -= n
	return n
}
