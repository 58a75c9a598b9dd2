package client

import (
	"runtime"
	"slices"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/loadframe/loadframe/internal/nowait"
)

// wakePlace is what an event is of that calls the loop itself.
const wakePlace = -1

// loop drives exchangers. One that enters is the loop's until it leaves: its
// goroutine waits meanwhile.
//
// What only one exchange at a time needs, as buffers and the recorder, is the
// loop's and not the connection's: the memory of a thousand connections is in no
// cache, and an exchange waits for each line of it.
//
// Its epoll is edge-triggered, since one that is level-triggered looks at each
// socket once more after its event. It tells of all that comes behind a read. So
// who has read less than there was room for waits for the next event, unless the
// present one tells that the stream ends: then that may be behind what was read.
type loop struct {
	epoll, wake int
	first       int // of the workers' places that it has
	places      []*exchanger
	events      [128]unix.EpollEvent
	next, n     int // of events: the one to be served, and their number
	serving     int // place
	in, out     []byte
	coming      []*exchanger
	going       []*exchanger // after those that come: it may be of them
	over        bool

	lock   sync.Mutex // of the workers' counters and of record
	record recorder

	mu       sync.Mutex // of what others want
	entering []*exchanger
	recalled []*exchanger
	stopped  bool
	closed   bool
}

func newLoop(first, places, readSize int, p *page) (l *loop, err error) {
	l = &loop{first: first, places: make([]*exchanger, places), in: make([]byte, readSize), record: recorder{page: p}}
	if l.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return nil, err
	}
	if l.wake, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		unix.Close(l.epoll)
		return nil, err
	}
	if err = unix.EpollCtl(l.epoll, unix.EPOLL_CTL_ADD, l.wake, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: wakePlace}); err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

func (l *loop) close() {
	unix.Close(l.epoll)
	unix.Close(l.wake)
}

// admit makes x enter. Any goroutine may call it.
func (l *loop) admit(x *exchanger) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		x.session.nc.(*link).left <- parting{}
		return
	}
	l.entering = append(l.entering, x)
	l.call()
}

// recall makes x leave, if it is there. Any goroutine may call it, after admit.
func (l *loop) recall(x *exchanger) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.recalled = append(l.recalled, x)
		l.call()
	}
}

// stop makes run return.
func (l *loop) stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stopped = true
	l.call()
}

// call wakes the loop. The caller has the lock: the descriptor is there.
func (l *loop) call() {
	_, _ = unix.Write(l.wake, []byte{7: 1}) // it fails if it has been called 2^64 times in vain
}

func (l *loop) run() {
	for !l.over {
		if l.next == l.n && len(l.coming)+len(l.going) == 0 {
			l.wait()
		}
		if err := contain(l.serve); err != nil {
			if x := l.places[l.serving]; x != nil {
				l.leave(x, parting{done: true, err: err}) // the others go on
			}
		}
	}
	l.dismiss()
}

// dismiss gives everybody back, who is still there if the run was broken off by a
// panic of its observer.
func (l *loop) dismiss() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, x := range slices.Concat(l.places, l.coming, l.entering) {
		if x != nil {
			l.leave(x, parting{})
		}
	}
	l.closed, l.in, l.out = true, nil, nil
}

// wait returns when there may be events. It does not give up its processor for an
// answer that is there; before it does, others may run on this thread, which
// costs less than to wake another for them.
func (l *loop) wait() {
	n, err := nowait.Epoll(l.epoll, l.events[:])
	if n == 0 {
		runtime.Gosched()
		n, err = unix.EpollWait(l.epoll, l.events[:], -1)
	}
	if err != nil {
		n = 0 // interrupted
	}
	l.next, l.n = 0, n
}

// serve lets in who wants to enter, lets go who is recalled, and lets those go on
// at whose places something has happened. What a panic leaves is for the next call.
func (l *loop) serve() error {
	for len(l.coming) > 0 {
		x := l.coming[0]
		l.coming = l.coming[1:]
		l.enter(x)
	}
	for _, x := range l.going {
		if l.places[x.place-l.first] == x {
			l.leave(x, parting{})
		}
	}
	l.going = nil
	for l.next < l.n {
		e := &l.events[l.next]
		l.next++
		if e.Fd == wakePlace {
			l.called()
			break
		}
		l.soon()
		l.serving = int(e.Fd)
		x := l.places[l.serving]
		if x == nil {
			continue // it has left meanwhile
		}
		if p, stays := l.goOn(x, e.Events&^unix.EPOLLIN != 0); !stays {
			l.leave(x, p)
		}
	}
	return nil
}

// called takes over what others want.
func (l *loop) called() {
	var b [8]byte
	_, _ = unix.Read(l.wake, b[:])
	l.mu.Lock()
	defer l.mu.Unlock()
	l.coming, l.going, l.over = l.entering, l.recalled, l.stopped
	l.entering, l.recalled = nil, nil
}

// enter lets x begin.
func (l *loop) enter(x *exchanger) {
	l.serving = x.place - l.first
	l.places[l.serving] = x
	if l.watch(unix.EPOLL_CTL_ADD, x) != nil {
		l.leave(x, parting{})
		return
	}
	if p, stays := l.ask(x); !stays {
		l.leave(x, p)
	}
}

func (l *loop) watch(op int, x *exchanger) error {
	return unix.EpollCtl(l.epoll, op, x.fd, &unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLRDHUP | unix.EPOLLET, Fd: int32(x.place - l.first)})
}

// leave gives x back to its goroutine.
func (l *loop) leave(x *exchanger, p parting) {
	_ = unix.EpollCtl(l.epoll, unix.EPOLL_CTL_DEL, x.fd, nil) // unless it never was there
	l.places[x.place-l.first] = nil
	x.session.nc.(*link).left <- p
}
