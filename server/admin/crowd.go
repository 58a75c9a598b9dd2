package admin

import (
	"container/list"
	"net"
	"net/http"
	"sync"
)

// crowdMax is how many connections there may be.
const crowdMax = 64

// crowd closes the oldest connection when there is one too many: peers that
// connect and say nothing take neither the descriptors of the server nor the
// operator's view of it. (To accept no more until one has gone, as a limited
// listener does, would give them the latter.)
type crowd struct {
	mu  sync.Mutex
	age list.List // of net.Conn, the oldest first
	at  map[net.Conn]*list.Element
}

// changed is the server's ConnState.
func (c *crowd) changed(nc net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch state {
	case http.StateNew:
		if c.at == nil {
			c.at = map[net.Conn]*list.Element{}
		}
		if c.age.Len() == crowdMax {
			oldest := c.age.Front().Value.(net.Conn)
			c.forget(oldest)
			oldest.Close()
		}
		c.at[nc] = c.age.PushBack(nc)
	case http.StateClosed, http.StateHijacked:
		c.forget(nc)
	}
}

func (c *crowd) forget(nc net.Conn) {
	if e := c.at[nc]; e != nil {
		c.age.Remove(e)
		delete(c.at, nc)
	}
}
