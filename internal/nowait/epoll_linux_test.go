package nowait

import (
	"testing"

	"golang.org/x/sys/unix"
)

// Events that there are come, and none are waited for.
func TestEpoll(t *testing.T) {
	e, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(e) })
	a, b := pair(t)
	if err := unix.EpollCtl(e, unix.EPOLL_CTL_ADD, b, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: 7}); err != nil {
		t.Fatal(err)
	}
	events := make([]unix.EpollEvent, 4)
	if n, err := Epoll(e, events); n != 0 || err != nil {
		t.Fatalf("nothing there: %d, %v", n, err)
	}
	if _, err := Write(a, []byte("x")); err != nil {
		t.Fatal(err)
	}
	if n, err := Epoll(e, events); n != 1 || err != nil || events[0].Fd != 7 || events[0].Events != unix.EPOLLIN {
		t.Fatalf("%d, %v, %+v", n, err, events[0])
	}
	if n, err := Epoll(a, events); n != 0 || err != unix.EINVAL {
		t.Fatalf("of no epoll: %d, %v", n, err)
	}
}
