package server

import (
	"context"
	"fmt"
	"time"

	"github.com/panjf2000/gnet/v2"
)

const (
	// idleLooks is how often an idle timeout is looked at while it runs, so a
	// connection is closed at most a quarter late. A clock for each message
	// would cost more than the message.
	idleLooks = 4

	// idleBatch is how many connections a loop looks at in one go.
	idleBatch = 512
)

// opened is a connection as its loop knows it.
type opened struct {
	g    gnet.Conn
	c    *conn
	pass int // of watchIdle that looked at it last
}

// watchIdle makes every loop look at its connections, until stop.
func (s *Server) watchIdle() {
	tick := time.NewTicker(max(s.limits.IdleTimeout/idleLooks, time.Millisecond))
	defer tick.Stop()
	for pass := 1; ; pass++ {
		select {
		case <-tick.C:
		case <-s.stop:
			return
		}
		s.loop.locals.Range(func(e, local any) bool {
			for at := 0; at >= 0; {
				at = s.lookIdle(e.(gnet.EventLoop), local.(*loopLocal), pass, at)
			}
			return true
		})
	}
}

// lookIdle has a loop look at a batch of its connections, from number at on, and
// returns where the next begins; -1: there is none.
func (s *Server) lookIdle(e gnet.EventLoop, local *loopLocal, pass, at int) int {
	next := make(chan int, 1)
	s.giving.RLock() // nothing may be given to a loop that has ended
	err := s.loop.onLoop(e, func() { next <- s.loop.closeIdle(local, pass, at) })
	stopping := s.stopping()
	s.giving.RUnlock()
	if err != nil || stopping {
		return -1
	}
	select {
	case n := <-next:
		return n
	case <-s.stop:
		return -1
	}
}

// onLoop runs f on the loop e.
func (l *loop) onLoop(e gnet.EventLoop, f func()) error {
	return e.Execute(context.Background(), gnet.RunnableFunc(func(context.Context) error { f(); return nil }))
}

// closeIdle is called on the loop that local is of. From the end to the
// beginning, since a connection that goes leaves its place to the last one. The
// last skip of them have been looked at.
func (l *loop) closeIdle(local *loopLocal, pass, skip int) (next int) {
	end := len(local.conns) - skip
	for i := end - 1; i >= max(0, end-idleBatch); i-- {
		o := &local.conns[i]
		if o.pass == pass {
			continue
		}
		o.pass = pass
		// A waiting preface or message has a timer of its own.
		if o.c.looks++; o.c.looks > idleLooks && o.c.phase != lingering && o.c.patience() == 0 {
			l.srv.refusals[refusedIdle].Add(1)
			if o := *o; l.sayIdle(o) == gnet.Close {
				_ = o.g.EventLoop().Close(o.g)
			}
		}
	}
	if end <= idleBatch {
		return -1
	}
	return len(local.conns) - (end - idleBatch)
}

func (l *loop) sayIdle(o opened) (action gnet.Action) {
	defer func() {
		if o.c.guard(recover()) {
			action = gnet.Close
		}
	}()
	o.c.refuse(fmt.Errorf("idle timeout: no bytes for %v", l.srv.limits.IdleTimeout))
	action, _ = l.write(o.g, o.c)
	return action
}

// enter registers a connection with the loop that it came to.
func (l *loopLocal) enter(o opened) {
	o.c.place = len(l.conns)
	l.conns = append(l.conns, o)
}

func (l *loopLocal) leave(c *conn) {
	last := len(l.conns) - 1
	l.conns[c.place] = l.conns[last]
	l.conns[c.place].c.place = c.place
	l.conns[last] = opened{}
	l.conns = l.conns[:last]
}
