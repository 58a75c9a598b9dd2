package client

import (
	"runtime"
	"sync"

	"github.com/loadframe/loadframe/codec"
)

// loopsLeast is how many connections loops are for. With 50 a loop is 10 % faster,
// too, but keeps who has just been answered waiting for the rest of its batch: p99
// is a quarter more.
var loopsLeast = 128

// loops are event loops, one a processor, that drive the connections of a run
// which are many, have little in flight and wait for nothing but replies. A
// goroutine a connection has to be woken up for each, on a stack that is in no
// cache; a loop goes from one connection to the next, and asks for the memory of
// the next meanwhile. With 1,000 connections a message costs the client a sixth
// less CPU time (bench/results/echo-loops.txt).
//
// What else happens to a connection (a deadline, a write that does not fit, the
// end) is still its goroutine's, which waits until a loop gives it back.
type loops struct {
	each []*loop
	all  sync.WaitGroup
}

// startLoops makes links of connections and starts loops for them. It returns nil
// where each is driven by its goroutine alone.
func startLoops(c *Config, cod codec.Codec, conns []session, p *page) *loops {
	ls := newLoops(c, cod, len(conns), p)
	for i := range conns {
		l, ok := conns[i].nc.(*link)
		if !ok && ls != nil {
			if l = newLink(conns[i].nc); l != nil {
				conns[i].nc = l
			}
		}
		if l == nil {
			continue
		}
		l.loop = nil // of another burst
		if ls != nil {
			l.loop = ls.each[i/len(ls.each[0].places)]
			l.take(new(int)) // so that it costs no time of the run; if it fails now, it is tried again
		}
	}
	if ls != nil {
		for _, l := range ls.each {
			ls.all.Go(l.run)
		}
	}
	return ls
}

func newLoops(c *Config, cod codec.Codec, conns int, p *page) *loops {
	if c.udp() || conns < loopsLeast || !c.workload.stays || !c.turns(cod) {
		return nil
	}
	ls := &loops{}
	n := min(runtime.GOMAXPROCS(0), conns/(loopsLeast/2)) // one of a few connections has nothing to do most of the time
	each := (conns + n - 1) / n
	for first := 0; first < conns; first += each {
		l, err := newLoop(first, min(each, conns-first), c.readSize(cod), p)
		if err != nil {
			ls.close()
			return nil // there may be no descriptor for it
		}
		ls.each = append(ls.each, l)
	}
	return ls
}

// stop ends the loops. No connection is with them any more.
func (ls *loops) stop() {
	if ls == nil {
		return
	}
	for _, l := range ls.each {
		l.stop()
	}
	ls.all.Wait()
	ls.close()
}

func (ls *loops) close() {
	for _, l := range ls.each {
		l.close()
	}
}
