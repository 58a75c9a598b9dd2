package client

import (
	"time"

	"github.com/loadframe/loadframe/internal/datagram"
	"github.com/loadframe/loadframe/internal/pattern"
)

// Path is what the way of datagrams without answers was like. Delays are one
// way, with the estimated difference of the clocks taken out: Result.Clock says
// how wrong that may be.
type Path struct {
	DelayMin, DelayMean, DelayMax time.Duration
	Jitter                        time.Duration // mean of the connections, RFC 3550, section 6.4.1
}

// pathCount is what one connection saw of its path.
type pathCount struct {
	delays   int64 // datagrams that the next three tell of
	min, max time.Duration
	sum      float64
	jitter   time.Duration
	jittered bool
	transit  datagram.Jitter // of what we receive
}

// add takes the delays of a receipt, which are those of n datagrams, by clocks
// that are offset apart.
func (p *pathCount) add(r datagram.Receipt, n int64, offset time.Duration) {
	if n <= 0 {
		return
	}
	least, most := r.DelayMin-offset, r.DelayMax-offset
	if p.delays == 0 || least < p.min {
		p.min = least
	}
	if p.delays == 0 || most > p.max {
		p.max = most
	}
	p.delays += n
	p.sum += float64(r.DelayMean-offset) * float64(n)
}

// arrived takes the delay of one datagram that has come in order.
func (p *pathCount) arrived(transit int64) {
	p.transit.Add(time.Duration(transit))
	p.jitter, p.jittered = p.transit.Mean(), true
}

// pathOf puts together what the connections of one way have seen; nil if they
// saw nothing.
func pathOf(workers []*worker, way func(*worker) bool) *Path {
	var all pathCount
	for _, w := range workers {
		p := &w.path
		if !way(w) || p.delays == 0 {
			continue
		}
		if all.delays == 0 || p.min < all.min {
			all.min = p.min
		}
		if all.delays == 0 || p.max > all.max {
			all.max = p.max
		}
		all.delays, all.sum = all.delays+p.delays, all.sum+p.sum
	}
	if all.delays == 0 {
		return nil
	}
	out := &Path{DelayMin: all.min, DelayMean: time.Duration(all.sum / float64(all.delays)), DelayMax: all.max}
	if j := jitterOf(workers, way); j != nil {
		out.Jitter = *j
	}
	return out
}

// appendContent appends n bytes of content at offset.
func appendContent(dst []byte, content pattern.Content, offset int64, n int) []byte {
	for n > 0 {
		b := content.Slice(offset, n)
		dst, offset, n = append(dst, b...), offset+int64(len(b)), n-len(b)
	}
	return dst
}
