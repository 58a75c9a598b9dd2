package server

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// direction is one of a connection, as the server sees it.
type direction int

const (
	inward direction = iota
	outward
)

// pace bounds the rate of one direction. What is over it may be sent or taken
// at once, and has to be waited for afterwards: so nothing has to be cut to the
// size that is allowed now.
type pace struct {
	mu   sync.Mutex
	free time.Time // when all so far is within the rate
}

// rate is a limit of a connection, or of all connections of an address.
//
// Those that share one wait until all that was spent before is paid for, and do
// not look again then: with the rate used up each has one turn, then all others
// have theirs, and nobody is overtaken for ever.
type rate struct {
	limit int64        // bytes per second in each direction; 0: none
	conns atomic.Int64 // that share it
	paces [2]pace
	waits *atomic.Int64 // that it has made
}

func newRate(limit int64, waits *atomic.Int64) *rate {
	r := &rate{limit: limit, waits: waits}
	r.conns.Store(1)
	return r
}

// paceBurst is how much of a silent time's share may be used at once.
const paceBurst = 100 * time.Millisecond

// spend tells of n bytes.
func (r *rate) spend(d direction, n int) {
	p := &r.paces[d]
	p.mu.Lock()
	defer p.mu.Unlock()
	if earliest := time.Now().Add(-paceBurst); p.free.Before(earliest) {
		p.free = earliest
	}
	p.free = p.free.Add(time.Duration(float64(n) / float64(r.limit) * float64(time.Second)))
}

// wait returns how long the next byte has to wait.
func (r *rate) wait(d direction) time.Duration { return r.paces[d].until(0) }

// until returns how long it takes until all that was spent is paid for, and
// there was silence for so long.
func (p *pace) until(silence time.Duration) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.free.IsZero() {
		return 0
	}
	return max(0, time.Until(p.free)+silence)
}

// anew returns how long it takes until the rate is as one that nobody has used.
func (r *rate) anew() time.Duration {
	return max(r.paces[inward].until(paceBurst), r.paces[outward].until(paceBurst))
}

// leastTurn is the least that a turn may have, in bytes: at a rate so low a
// system call for each byte would be no better.
const leastTurn = 512

// turn is how many bytes a connection may have at a time: what those that
// share the rate have in a tenth of a second, so that each gets its share
// evenly.
func (r *rate) turn() int64 { return max(leastTurn, r.limit/10/max(1, r.conns.Load())) }

// keepTo gives c one more limit.
func (c *conn) keepTo(r *rate) {
	all := append(c.limits(), r)
	c.rates = &all
}

func (c *conn) limits() []*rate {
	if c.rates == nil {
		return nil
	}
	return *c.rates
}

// spent tells the limits of c, if it has any.
func (c *conn) spent(d direction, n int) {
	for _, r := range c.limits() {
		r.spend(d, n)
	}
}

// tooFast tells that c has to wait, which it may do on the lane alone.
func (c *conn) tooFast() bool {
	for _, r := range c.limits() {
		if r.wait(inward) > 0 || r.wait(outward) > 0 {
			return true
		}
	}
	return false
}

// turn is how many bytes c may have at a time, at most n.
func (c *conn) turn(n int) int {
	for _, r := range c.limits() {
		n = int(min(int64(n), r.turn()))
	}
	return n
}

// wait returns how long c has to wait for all its limits, and counts it.
func (c *conn) wait(d direction) (longest time.Duration) {
	var why *rate
	for _, r := range c.limits() {
		if w := r.wait(d); w > longest {
			longest, why = w, r
		}
	}
	if why != nil {
		why.waits.Add(1)
	}
	return longest
}

// awaitLook is how often it is looked whether who waits is still there: to
// connect and vanish would else hold descriptors for as long as the wait. Who has
// sent some bytes, and then closes without a reset, looks like one who waits for
// the answer, and does: MaxConnsPerAddr is what bounds those.
const awaitLook = time.Second

// await waits until the next byte may go, or until the server's mind is changed
// by over. The error is that of a connection that is broken.
func (l *lane) await(d direction, over <-chan struct{}) error {
	wait := l.c.wait(d)
	if wait == 0 {
		return nil
	}
	if d == inward {
		l.dropChunk() // many may wait for long
	}
	due := time.Now().Add(wait)
	t := time.NewTimer(min(wait, awaitLook))
	defer t.Stop()
	for {
		select {
		case <-t.C:
		case <-over:
			return nil
		}
		left := time.Until(due)
		if left <= 0 {
			return nil
		}
		if err := l.look(); d == inward && errors.Is(err, io.EOF) {
			return nil // there is nothing to wait for
		} else if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("peer went away: %w", err)
		}
		t.Reset(min(left, awaitLook))
	}
}

// look returns io.EOF if the peer has shut its direction down and all that it
// sent is read, and why the connection is broken if it is.
func (l *lane) look() (err error) {
	failed := control(l.nc, func(fd int) {
		if n, e := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR); e != nil {
			err = e
		} else if n != 0 {
			err = syscall.Errno(n)
		} else if n, _, e := unix.Recvfrom(fd, make([]byte, 1), unix.MSG_PEEK|unix.MSG_DONTWAIT); e == nil && n == 0 {
			err = io.EOF
		}
	})
	return errors.Join(failed, err)
}
