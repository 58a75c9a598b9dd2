package client

import (
	"unsafe"

	"github.com/loadframe/loadframe/internal/prefetch"
)

// soon asks for the memory of those that come next, before the system calls of the
// present one. Where a thing is known only from another, that has been asked for a
// call before.
func (l *loop) soon() {
	if x := l.ahead(2); x != nil {
		prefetch.Lines(unsafe.Pointer(x), exchangerLines)
	}
	if x := l.ahead(1); x != nil {
		prefetch.Lines(unsafe.Pointer(x.worker), workerLines)
		prefetch.Lines(unsafe.Pointer(x.stream), 1)
	}
	if x := l.ahead(0); x != nil && x.stream != nil {
		prefetch.Value(x.stream.Decoder())
	}
}

// ahead returns whom the event is of that comes n after the next one, nil if that
// is not known.
func (l *loop) ahead(n int) *exchanger {
	if n += l.next; n < l.n {
		if place := l.events[n].Fd; place != wakePlace {
			return l.places[place]
		}
	}
	return nil
}
