package client

import (
	"runtime"
	"sync"

	"github.com/loadframe/loadframe/codec"
)

const loopsLeast = 128

// loops are event loops, one a processor, that drive the connections of a closed
// loop. A goroutine a connection is woken up for each reply, by a scheduler that
// looks through what it has to do, on a stack that is in no cache; a loop goes from
// one connection to the next, and asks for the memory of that meanwhile.
type loops struct {
	each []*loop
	all  sync.WaitGroup
}

// startLoops makes links of connections and starts loops for them. It returns nil
// where each is driven by a goroutine of its own: if they are few, or need another
// for writing.
func startLoops(c *Config, cod codec.Codec, conns []session, p *page) *loops {
	ls := newLoops(c, cod, len(conns), p)
	for i := range conns {
		l, ok := conns[i].nc.(*link)
		if l == nil && ls == nil {
			continue
		}
		if !ok {
			l = newLink(conns[i].nc)
			conns[i].nc = l
		}
		if l.loops = ls; ls != nil {
			l.loop = ls.each[i/len(ls.each[0].places)]
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
	if conns < loopsLeast || c.udp() || !c.workload.stays || !c.inOneGoroutine(cod) || c.Cuts != "" && c.Cuts != CutsWhole || c.Pause > 0 || codec.Once(cod) {
		return nil
	}
	ls := &loops{}
	n := runtime.GOMAXPROCS(0)
	each := (conns + n - 1) / n
	for first := 0; first < conns; first += each {
		l, err := newLoop(c.readSize(cod), first, min(each, conns-first), p)
		if err != nil {
			ls.close()
			return nil // there is another way
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
