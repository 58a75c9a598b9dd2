package client

import (
	"runtime"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/loadframe/loadframe/internal/nowait"
	"github.com/loadframe/loadframe/internal/prefetch"
)

// wakePlace is what an event is of that calls the loop itself.
const wakePlace = -1

// loop drives exchangers. One that enters is the loop's until it leaves: its
// goroutine waits meanwhile.
//
// What is needed for one exchange at a time is the loop's, not the connection's:
// the memory of a thousand connections is in no cache, and each line of it that an
// exchange touches is waited for.
//
// Its epoll is edge-triggered: what is level-triggered is looked at a second time
// after each event. So a read that leaves nothing is one that returned less than
// there was room for, and the end of the stream is an event of its own, or comes
// with the last.
type loop struct {
	epoll, wake int
	first       int // of the workers' places that it serves
	places      []*exchanger
	events      [128]unix.EpollEvent
	next, n     int // of events: the one to be served, and their number
	serving     int // place
	in, out     []byte
	coming      []*exchanger
	going       []*exchanger // after those who come: it may be of them
	over        bool

	lock   sync.Mutex // of the workers' counters and of record
	record recorder

	mu       sync.Mutex
	entering []*exchanger
	recalled []*exchanger
	stopped  bool
}

func newLoop(readSize, first, places int, p *page) (l *loop, err error) {
	l = &loop{first: first, places: make([]*exchanger, places), in: make([]byte, readSize), record: recorder{page: p}}
	if l.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return nil, err
	}
	if l.wake, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err == nil {
		err = unix.EpollCtl(l.epoll, unix.EPOLL_CTL_ADD, l.wake, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: wakePlace})
	}
	if err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

func (l *loop) close() {
	unix.Close(l.epoll)
	if l.wake > 0 {
		unix.Close(l.wake)
	}
}

// let makes x enter. Any goroutine may call it.
func (l *loop) let(x *exchanger) {
	l.mu.Lock()
	l.entering = append(l.entering, x)
	l.mu.Unlock()
	l.call()
}

// recall makes x leave, if it is there. Any goroutine may call it.
func (l *loop) recall(x *exchanger) {
	l.mu.Lock()
	l.recalled = append(l.recalled, x)
	l.mu.Unlock()
	l.call()
}

// stop makes run return.
func (l *loop) stop() {
	l.mu.Lock()
	l.stopped = true
	l.mu.Unlock()
	l.call()
}

func (l *loop) call() {
	_, _ = unix.Write(l.wake, []byte{7: 1}) // it fails if it has been called 2^64 times in vain
}

func (l *loop) run() {
	for !l.over {
		if l.next == l.n && len(l.coming)+len(l.going) == 0 {
			l.wait()
		}
		if err := contain(l.serve); err != nil {
			l.leave(l.places[l.serving], parting{err: err}) // the others go on
		}
	}
}

// wait returns when there may be events.
func (l *loop) wait() {
	n, err := nowait.Epoll(l.epoll, l.events[:])
	if n == 0 {
		runtime.Gosched() // before this thread gives its processor away
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
		if p, stays := l.goesOn(x, e.Events&^unix.EPOLLIN != 0); !stays {
			l.leave(x, p)
		}
	}
	return nil
}

// called takes over what others want of the loop.
func (l *loop) called() {
	var b [8]byte
	_, _ = unix.Read(l.wake, b[:])
	l.mu.Lock()
	defer l.mu.Unlock()
	l.coming, l.going, l.over = l.entering, l.recalled, l.stopped
	l.entering, l.recalled = nil, nil
}

// soon asks for the memory of those that come next.
func (l *loop) soon() {
	if i := l.next + 1; i < l.n {
		if p := l.events[i].Fd; p >= 0 {
			prefetch.Lines(unsafe.Pointer(l.places[p]), 4)
		}
	}
	if i := l.next; i < l.n {
		if p := l.events[i].Fd; p >= 0 {
			if x := l.places[p]; x != nil {
				prefetch.Lines(unsafe.Pointer(x.worker), 3)
				if x.stream != nil {
					prefetch.Lines(unsafe.Pointer(x.stream), 1)
				}
			}
		}
	}
}

// enter lets x begin.
func (l *loop) enter(x *exchanger) {
	place := x.place - l.first
	l.places[place], l.serving = x, place
	err := unix.EpollCtl(l.epoll, unix.EPOLL_CTL_ADD, x.fd, &unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLRDHUP | unix.EPOLLET, Fd: int32(place)})
	if err != nil {
		l.leave(x, parting{})
		return
	}
	if p, stays := l.ask(x); !stays {
		l.leave(x, p)
	}
}

// leave gives x back to its goroutine.
func (l *loop) leave(x *exchanger, p parting) {
	_ = unix.EpollCtl(l.epoll, unix.EPOLL_CTL_DEL, x.fd, nil)
	l.places[x.place-l.first] = nil
	x.session.nc.(*link).left <- p
}
