package proxy

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// Report tells of one connection, when it is over.
type Report struct {
	Conn     int64
	Client   net.Addr
	Duration time.Duration
	Err      error // why it did not end by both sides' ends; a reset by the Spec is ErrReset
	Up, Down Traffic
}

// Traffic is what happened in one direction of a connection.
type Traffic struct {
	Counts
	Events []Event // of damage, in order: the first Config.Events of them
}

// ErrReset is the end of a connection that was reset as its Spec said.
var ErrReset = errReset

// conn is one connection from client to target.
type conn struct {
	p              *Proxy
	number         int64
	client, target *net.TCPConn
	begin          time.Time
	counts         [2]counts
	events         [2][]Event
	done           chan struct{} // closed by cut
	once           sync.Once
	cause          error // of cut
}

// cut resets both sides: whatever is still on its way is lost, as it is when a
// path is cut. It counts that in count, if that is not nil, unless the connection
// was over before; and does so first: who sees the reset may ask for the counts.
func (c *conn) cut(cause error, count *counter) {
	c.once.Do(func() {
		if c.cause = cause; count != nil {
			count.Add(1)
		}
		close(c.done)
		for _, side := range []*net.TCPConn{c.client, c.target} {
			if side != nil {
				_ = side.SetLinger(0)
				_ = side.Close()
			}
		}
	})
}

// serve passes both directions on until both have ended.
func (c *conn) serve() {
	for dir, w := range []When{up: c.p.cfg.Up.Reset, down: c.p.cfg.Down.Reset} {
		if w.On && w.After > 0 {
			t := time.AfterFunc(w.After, func() {
				c.ended(dir, errReset)
			})
			defer t.Stop()
		}
	}
	var broken [2]error
	var both sync.WaitGroup
	both.Go(func() { broken[up] = c.direction(up, &c.p.cfg.Up, c.target, c.client) })
	both.Go(func() { broken[down] = c.direction(down, &c.p.cfg.Down, c.client, c.target) })
	both.Wait()
	if err := errors.Join(broken[:]...); err != nil {
		c.cut(err, nil) // if only a receiver is gone nobody has done that yet
	}
	c.once.Do(func() {
		close(c.done)
		_ = c.client.Close()
		_ = c.target.Close()
	})
}

// direction runs one direction to its end.
func (c *conn) direction(dir int, s *Spec, dst, src *net.TCPConn) error {
	if s.Idle() {
		err := splice(dst, src, &c.counts[dir])
		c.ended(dir, err)
		return err
	}
	return c.impair(dir, s, dst, src)
}

// ended cuts the connection if one direction ended in a way that leaves nothing
// to the other one.
func (c *conn) ended(dir int, err error) {
	switch {
	case errors.Is(err, errReset):
		c.cut(err, &c.counts[dir].resets)
	case errors.Is(err, errSender):
		c.cut(err, nil)
	}
}

func (c *conn) impair(dir int, s *Spec, dst, src *net.TCPConn) error {
	f := newFlow(s, c.number, dir, dst, &c.counts[dir], c.p.cfg.Events, c.done)
	stop := make(chan struct{})
	var reader sync.WaitGroup
	reader.Go(func() { f.fill(src, stop) })
	err := f.drain()
	c.ended(dir, err)
	close(stop)
	_ = src.SetReadDeadline(time.Unix(1, 0)) // nobody is there to take what would come
	reader.Wait()
	for {
		left, ok := f.queue.pop()
		if !ok {
			break
		}
		c.counts[dir].discarded.Add(int64(len(left.data)))
	}
	c.events[dir] = f.damage.events
	return err
}

// dial connects to the target.
func (c *conn) dial(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, c.p.cfg.DialTimeout)
	defer cancel()
	t, err := new(net.Dialer).DialContext(ctx, "tcp", c.p.cfg.To)
	if err != nil {
		return err
	}
	c.p.mu.Lock() // Close may cut meanwhile
	defer c.p.mu.Unlock()
	c.target = t.(*net.TCPConn)
	return ctx.Err()
}

func (c *conn) report() Report {
	r := Report{Conn: c.number, Client: c.client.RemoteAddr(), Duration: time.Since(c.begin), Err: c.cause}
	r.Up = Traffic{c.counts[up].load(), c.events[up]}
	r.Down = Traffic{c.counts[down].load(), c.events[down]}
	return r
}
