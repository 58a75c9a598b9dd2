package server

import "time"

// pace bounds the rate of one direction of a connection. What is over it may be
// sent or taken at once, and has to be waited for afterwards: so nothing has to
// be cut to the size that is allowed now.
type pace struct {
	free time.Time // when all so far is within the rate
}

// paces are those of a connection with a limit.
type paces struct{ in, out pace }

// paceBurst is how much of a silent time's share may be used at once.
const paceBurst = 100 * time.Millisecond

// spend tells of n bytes at a rate of bytes per second.
func (p *pace) spend(n int, rate int64) {
	if earliest := time.Now().Add(-paceBurst); p.free.Before(earliest) {
		p.free = earliest
	}
	p.free = p.free.Add(time.Duration(float64(n) / float64(rate) * float64(time.Second)))
}

// wait returns how long the next byte has to wait.
func (p *pace) wait() time.Duration {
	if p.free.IsZero() {
		return 0
	}
	return max(0, time.Until(p.free))
}

// spent tells the paces of c, if it has any.
func (c *conn) spent(in, out int) {
	if c.paces == nil {
		return
	}
	rate := c.lis.srv.limits.MaxRate
	if in > 0 {
		c.paces.in.spend(in, rate)
	}
	if out > 0 {
		c.paces.out.spend(out, rate)
	}
}

// tooFast tells that c has to wait, which it may do on the lane alone.
func (c *conn) tooFast() bool {
	return c.paces != nil && (c.paces.in.wait() > 0 || c.paces.out.wait() > 0)
}

// paceWrite is how many bytes a write on the lane may have: a tenth of a
// second's, so that a peer gets its share evenly.
func (c *conn) paceWrite() int {
	if c.paces == nil {
		return laneWrite
	}
	return int(min(laneWrite, max(512, c.lis.srv.limits.MaxRate/10)))
}

// await waits until p lets the next byte go, or until the server's mind is
// changed by over.
func (l *lane) await(p *pace, over <-chan struct{}) {
	d := p.wait()
	if d == 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-over:
	}
}
