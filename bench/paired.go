package bench

import (
	"math"
	"slices"
)

// What a difference must be to be told.
const (
	worthTelling = 1.03 // the ratio from which on a difference matters to anybody who chooses a framing
	chance       = 0.05 // greatest probability that any of the differences told is none
)

// pairing compares two contenders round by round. What the machine does to a whole round (its clock, its neighbours) hits both and
// cancels out of the ratio.
type pairing struct {
	ratio, low, high float64 // of the second to the first: median and interval of 95 %, as far as so many rounds reach
	p                float64 // of ratios that lie so far outside worthTelling by chance, in either direction
	rounds           int
}

// pair returns how b compares with a. Samples are positive and in the order of the rounds; what one of them has more is left out. All
// arithmetic is on logarithms, so that a/b and b/a say the same.
//
// The ratio is the median over all pairs of rounds of their mean (Hodges and Lehmann, 1963), and its interval goes with the signed-rank
// test. The hypothesis to be refuted is not "no difference", which no two programs fulfil, but "none worth telling". Two tests have
// half the risk each, and the one that refutes more counts: Wilcoxon's signed ranks, exact, which assumes nothing but that the noise of
// both is alike, and needs about ten rounds before it can tell anything among a dozen framings; and Student's t of a trimmed mean, which
// can tell with six, is not moved by an outlier a round in five, and which heavy tails make cautious, not bold: the logarithm of
// the ratio of two that are alike has a symmetric distribution, whatever theirs is.
func pair(a, b []float64) pairing {
	n := min(len(a), len(b))
	d := make([]float64, 0, n)
	for i := range n {
		if a[i] > 0 && b[i] > 0 {
			d = append(d, math.Log(b[i]/a[i]))
		}
	}
	if len(d) == 0 {
		return pairing{ratio: math.NaN(), p: 1}
	}
	walsh := walshAverages(d)
	middle := (walsh[(len(walsh)-1)/2] + walsh[len(walsh)/2]) / 2
	cut := walshCut(len(d))
	out := pairing{ratio: math.Exp(middle), low: math.Exp(walsh[cut]), high: math.Exp(walsh[len(walsh)-1-cut]), rounds: len(d)}
	if middle < 0 {
		for i := range d {
			d[i] = -d[i]
		}
	}
	for i := range d {
		d[i] -= math.Log(worthTelling)
	}
	out.p = aboveByChance(d)
	return out
}

// aboveByChance is the probability that noise around 0 lies as far above it as d, or as far below: two directions, and two tests.
func aboveByChance(d []float64) float64 { return min(1, 4*min(signedRanks(d), trimmedT(d))) }

// walshAverages returns the means of all pairs of values, each with itself too, in order.
func walshAverages(d []float64) []float64 {
	all := make([]float64, 0, len(d)*(len(d)+1)/2)
	for i := range d {
		for j := range d[:i+1] {
			all = append(all, (d[i]+d[j])/2)
		}
	}
	slices.Sort(all)
	return all
}

// walshCut is how many Walsh averages lie outside an interval of 95 % on each side: 0 if there are too few rounds for one.
func walshCut(n int) int {
	ways := signedRankWays(make([]float64, n))
	below := 0.0
	for cut, w := range ways {
		if below += w; 2*below > 0.05 {
			return max(0, cut-1)
		}
	}
	return 0
}

// signedRanks is the probability that values symmetric around 0 have rank sums as great as those of d, or greater, in favour of the
// positive ones (Wilcoxon, 1945). It is exact, also with ties, which share their ranks; a zero has no sign, and counts against.
func signedRanks(d []float64) float64 {
	ranks := ranksOf(d)
	positive := 0
	for i, v := range d {
		if v > 0 {
			positive += int(2 * ranks[i])
		}
	}
	ways := rankSumWays(ranks)
	p := 0.0
	for _, w := range ways[positive:] {
		p += w
	}
	return min(1, p)
}

// ranksOf returns the ranks of the absolute values, the mean of those that are tied.
func ranksOf(d []float64) []float64 {
	order := make([]int, len(d))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		switch x, y := math.Abs(d[i]), math.Abs(d[j]); {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	ranks := make([]float64, len(d))
	for from := 0; from < len(order); {
		to := from
		for to < len(order) && math.Abs(d[order[to]]) == math.Abs(d[order[from]]) {
			to++
		}
		for _, i := range order[from:to] {
			ranks[i] = float64(from+1+to) / 2
		}
		from = to
	}
	return ranks
}

// rankSumWays returns the probability of each sum of twice the ranks when each has its sign by the toss of a coin.
func rankSumWays(ranks []float64) []float64 {
	most := 0
	for _, r := range ranks {
		most += int(2 * r)
	}
	ways := make([]float64, most+1)
	ways[0] = 1
	reach := 0
	for _, r := range ranks {
		k := int(2 * r)
		reach += k
		for sum := reach; sum >= 0; sum-- {
			w := ways[sum] / 2
			if sum >= k {
				w += ways[sum-k] / 2
			}
			ways[sum] = w
		}
	}
	return ways
}

// signedRankWays returns the probability of each rank sum of n values without ties.
func signedRankWays(d []float64) []float64 {
	ranks := make([]float64, len(d))
	for i := range ranks {
		ranks[i] = float64(i+1) / 2 // twice of it is the rank
	}
	return rankSumWays(ranks)
}

// trimmedPart is the share of values that is left out at each end of a trimmed mean.
const trimmedPart = 0.2

// trimmedT is the probability that the trimmed mean of values around 0 is as great as that of d, in units of its own error, or greater:
// Student's test without the fifth at each end, whose place in the error is taken by the outermost values that are left (Tukey and
// McLaughlin, 1963). Of fewer than five values none is left out.
func trimmedT(d []float64) float64 {
	n := len(d)
	if n < 2 {
		return 1
	}
	v := slices.Sorted(slices.Values(d))
	cut := int(trimmedPart * float64(n))
	mean, winsorized, squares := 0.0, 0.0, 0.0
	left := n - 2*cut
	for i := range v {
		if i >= cut && i < n-cut {
			mean += v[i] / float64(left)
		}
		v[i] = v[min(max(i, cut), n-1-cut)]
		winsorized += v[i] / float64(n)
	}
	for i := range v {
		squares += (v[i] - winsorized) * (v[i] - winsorized)
	}
	t := mean * math.Sqrt(float64(left*(left-1))/squares)
	switch {
	case mean == 0 || math.IsNaN(t):
		return 0.5
	case math.IsInf(t, 1): // no noise at all
		return 0
	case math.IsInf(t, -1):
		return 1
	}
	return max(0, (1-tInside(t, left-1))/2)
}

// tInside is the probability of Student's distribution between -t and t, with its sign; the finite series for whole degrees of freedom
// (Abramowitz and Stegun, 26.7.3 and 26.7.4).
func tInside(t float64, freedom int) float64 {
	angle := math.Atan(t / math.Sqrt(float64(freedom)))
	sin, cos := math.Sincos(angle)
	term, sum := 1.0, 0.0
	if freedom%2 == 0 {
		for k := 2; k <= freedom; k += 2 {
			sum += term
			term *= cos * cos * float64(k-1) / float64(k)
		}
		return sin * sum
	}
	term = cos
	for k := 3; k <= freedom; k += 2 {
		sum += term
		term *= cos * cos * float64(k-1) / float64(k)
	}
	return 2 / math.Pi * (angle + sin*sum)
}

// holm adjusts the probabilities of several comparisons that are told together, so that those under chance are all true with a
// probability of 1 - chance (Holm, 1979).
func holm(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		switch {
		case p[i] < p[j]:
			return -1
		case p[i] > p[j]:
			return 1
		}
		return 0
	})
	out := make([]float64, len(p))
	least := 0.0
	for k, i := range order {
		least = max(least, min(1, p[i]*float64(len(p)-k)))
		out[i] = least
	}
	return out
}
