package client

import (
	"math"
	"math/bits"
	"math/rand/v2"
)

// arrivals is a Poisson process of rate 1 in which any arrival can be looked up
// without those before it.
//
// The time that 2n arrivals take has a Gamma(2n) distribution, and the part of
// it that falls to the first n is Beta(n, n), independent of the whole. So the
// time of 2^depth arrivals is drawn once and then halved down to the single
// arrival, each halving from a generator seeded with its place in the tree:
//
//	        Gamma(2^depth)                  level depth
//	     /                  \    Beta
//	 first half          second half        level depth-1
//	  /    \               /    \
//	...                                     level 0: the wait for one arrival
//
// What the path to the last arrival drew is kept: the next one is two draws
// away, the one n further about 2+log2(n). The sums of exponential waits that
// the books have would make the last arrival need all before it, and so a
// shared state among the connections.
type arrivals struct {
	seed  uint64
	last  int64 // -1: none
	start [treeDepth + 1]float64
	span  [treeDepth + 1]float64 // by level
	pcg   rand.PCG
	rand  *rand.Rand
}

// treeDepth: 2^40 arrivals are 30 hours at 10 million a second.
const treeDepth = 40

func newArrivals(seed uint64) *arrivals {
	a := &arrivals{seed: seed, last: -1}
	a.rand = rand.New(&a.pcg)
	a.draw(treeDepth, 1)
	a.span[treeDepth] = a.gamma(1 << treeDepth)
	return a
}

// at returns the time of arrival k, from 0 to 2^40-1; for ever beyond.
func (a *arrivals) at(k int64) float64 {
	if k >= 1<<treeDepth {
		return math.Inf(1)
	}
	level := treeDepth
	if a.last >= 0 {
		level = bits.Len64(uint64(k ^ a.last)) // the lowest that both share
	}
	for ; level > 0; level-- {
		first := a.span[level] * a.beta(level, k>>level)
		if k>>(level-1)&1 == 0 {
			a.start[level-1], a.span[level-1] = a.start[level], first
		} else {
			a.start[level-1], a.span[level-1] = a.start[level]+first, a.span[level]-first
		}
	}
	a.last = k
	return a.start[0] + a.span[0]
}

// draw sets the generator to a place in the tree.
func (a *arrivals) draw(level int, node int64) { a.pcg.Seed(a.seed, uint64(level)<<56^uint64(node)) }

// beta returns the part of the first half under a node: Beta(n, n) with n
// arrivals in each half.
func (a *arrivals) beta(level int, node int64) float64 {
	a.draw(level, node)
	if level == 1 {
		return a.rand.Float64()
	}
	n := float64(int64(1) << (level - 1))
	x, y := a.gamma(n), a.gamma(n)
	return x / (x + y)
}

// gamma draws from Gamma(n), n >= 1, as Marsaglia and Tsang do (ACM TOMS 26,
// 2000).
func (a *arrivals) gamma(n float64) float64 {
	d := n - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := a.rand.NormFloat64()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v *= v * v
		u := a.rand.Float64()
		if u < 1-0.0331*x*x*x*x || math.Log(u) < x*x/2+d*(1-v+math.Log(v)) {
			return d * v
		}
	}
}
