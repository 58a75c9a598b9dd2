package server

import (
	"sync"
	"sync/atomic"
)

// only lets one connection in, if it is to.
type only struct {
	on     bool
	taken  atomic.Bool
	served chan struct{} // closed when that connection has gone
	once   sync.Once
}

func newOnly(on bool) *only { return &only{on: on, served: make(chan struct{})} }

// refuse takes the place, or returns why there is none.
func (o *only) refuse() string {
	if o.on && o.taken.Swap(true) {
		return "one client only: another is being served"
	}
	return ""
}

// left is called when a connection that was let in has gone: it was the only
// one. (To wait until none is open would be to wait for those that are being
// refused too, and none of them comes to tell.)
func (o *only) left() {
	if o.on {
		o.once.Do(func() { close(o.served) })
	}
}

// Served is closed when the one connection of Config.OneClient has gone.
func (s *Server) Served() <-chan struct{} { return s.only.served }
