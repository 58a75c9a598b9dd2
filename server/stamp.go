package server

import (
	"fmt"
	"strconv"
	"time"

	"github.com/valyala/bytebufferpool"
)

// stamp returns every frame behind the server's time, 24 characters of it, in
// the local zone, which it does not name:
//
//	[Fri Nov 20 22:21:34 2026] hello      27 bytes more than came
//
// Parameter of the preface:
//
//	clock=ns   nanoseconds since 1970 instead, [1795213294000000000] hello, for
//	           a client that measures the delay of one direction
//	clock=ctime   as without it
type stamp struct{ ns bool }

func newStamp(_ Limits, p *params) (Handler, error) {
	switch clock := p.take("clock"); clock {
	case "", "ctime":
		return stamp{}, nil
	case "ns":
		return stamp{ns: true}, nil
	default:
		return nil, fmt.Errorf("handler stamp: clock=%.32q: want ctime or ns", clock)
	}
}

// stamped are the buffers in which a time and a message come together.
var stamped bytebufferpool.Pool

func (h stamp) Serve(r *Reply, frame []byte) error {
	b := stamped.Get()
	defer stamped.Put(b)
	now := time.Now()
	b.B = append(b.B[:0], '[')
	if h.ns {
		b.B = strconv.AppendInt(b.B, now.UnixNano(), 10)
	} else {
		b.B = now.AppendFormat(b.B, time.ANSIC)
	}
	b.B = append(b.B, "] "...)
	b.B = append(b.B, frame...)
	return r.Frame(b.B)
}
