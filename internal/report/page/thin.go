package page

import "math"

// drawnMost is how many points of a line are drawn: more than a point for two pixels cannot be told apart.
const drawnMost = 240

// thin returns at most n of points, chosen so that the line looks as it would with all: the first, the last, and from as many groups
// of neighbours as are left the point that makes the greatest triangle with the one chosen before and the mean of the group after
// (Largest-Triangle-Three-Buckets; Steinarsson, Downsampling Time Series for Visual Representation, 2013, chapter 4.2). Peaks stay.
func thin(points []point, n int) []point {
	if len(points) <= n || n < 3 {
		return points
	}
	out := append(make([]point, 0, n), points[0])
	group := func(i int) (from, to int) { // the first and the last point are groups of their own
		inner := len(points) - 2
		return 1 + i*inner/(n-2), 1 + (i+1)*inner/(n-2)
	}
	for i := range n - 2 {
		from, to := group(i)
		next := points[len(points)-1:]
		if i < n-3 {
			a, b := group(i + 1)
			next = points[a:b]
		}
		var mx, my float64
		for _, p := range next {
			mx, my = mx+p.x/float64(len(next)), my+p.y/float64(len(next))
		}
		best, area, last := from, -1.0, out[len(out)-1]
		for j := from; j < to; j++ {
			p := points[j]
			if a := math.Abs((last.x-mx)*(p.y-last.y) - (last.x-p.x)*(my-last.y)); a > area {
				best, area = j, a
			}
		}
		out = append(out, points[best])
	}
	return append(out, points[len(points)-1])
}
