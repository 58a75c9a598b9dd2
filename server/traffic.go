package server

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/loadframe/loadframe/codec"
)

// session is what traffic is counted by.
type session struct{ handler, framing string }

// unopened is what an auto connection's bytes belong to that are no session's:
// the preface and its answer.
var unopened = session{"none", "preface"}

// other takes in what is beyond maxSessions.
var other = session{"other", "other"}

// maxSessions bounds the kinds of sessions that are told apart: peers choose
// them. Handlers and framings are few, but framings can be combined.
const maxSessions = 256

// sessionOf names the kind: the framing by its name alone, without what a peer
// may have set in it.
func sessionOf(handler string, c codec.Codec) session {
	name, rest, _ := strings.Cut(c.String(), ":")
	if _, over, found := strings.Cut(rest, "+"); found {
		name += "+" + over
	}
	return session{handler, name}
}

// Traffic is what connections of one kind have moved. Bytes are those on the
// wire, payloads those in frames. Of a UDP listener Framing is udp, a datagram is
// a frame, and both kinds of bytes are those behind the UDP header.
type Traffic struct {
	Handler, Framing      string
	BytesIn, BytesOut     int64
	PayloadIn, PayloadOut int64 // PayloadOut, as FramesOut, is counted when the reply begins
	FramesIn, FramesOut   int64
	Reads, Writes         int64 // system calls that moved something
}

// traffic is the live form of Traffic. Each loop has its own, or the loops would
// take the cache line from each other with every message; all lanes share one.
type traffic struct {
	BytesIn, BytesOut, PayloadIn, PayloadOut, FramesIn, FramesOut, Reads, Writes atomic.Int64

	_ [64]byte // the next one's are on another line
}

// traffics are the counts of one loop, or of all lanes.
type traffics struct {
	mu sync.Mutex
	by map[session]*traffic
}

// of returns where to count sessions of kind k.
func (t *traffics) of(k session) *traffic {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.by == nil {
		t.by = map[session]*traffic{}
	}
	at := t.by[k]
	if at == nil && len(t.by) >= maxSessions {
		k = other
		at = t.by[k]
	}
	if at == nil {
		at = new(traffic)
		t.by[k] = at
	}
	return at
}

// addTo adds what is counted here to sums.
func (t *traffics) addTo(sums map[session]*Traffic) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for k, at := range t.by {
		sum := sums[k]
		if sum == nil {
			sum = &Traffic{Handler: k.handler, Framing: k.framing}
			sums[k] = sum
		}
		sum.BytesIn += at.BytesIn.Load()
		sum.BytesOut += at.BytesOut.Load()
		sum.PayloadIn += at.PayloadIn.Load()
		sum.PayloadOut += at.PayloadOut.Load()
		sum.FramesIn += at.FramesIn.Load()
		sum.FramesOut += at.FramesOut.Load()
		sum.Reads += at.Reads.Load()
		sum.Writes += at.Writes.Load()
	}
}

// connTraffic is the traffic of connections.
func (s *Server) connTraffic() map[session]*Traffic {
	sums := map[session]*Traffic{}
	s.lane.addTo(sums)
	for l := range s.loops() {
		l.traffic.addTo(sums)
	}
	return sums
}

// udpFraming is what datagrams have for a framing.
const udpFraming = "udp"

// Traffic returns what each kind of session has moved so far, sorted by handler
// and framing. Any goroutine may call it.
func (s *Server) Traffic() []Traffic {
	sums := s.connTraffic()
	for _, l := range s.udpListeners {
		k := session{l.name, udpFraming}
		if sums[k] == nil {
			sums[k] = &Traffic{Handler: k.handler, Framing: k.framing}
		}
		for _, p := range l.loops {
			p.count.addTraffic(sums[k])
		}
	}
	var all []Traffic
	for _, t := range sums {
		all = append(all, *t)
	}
	slices.SortFunc(all, func(a, b Traffic) int {
		return cmp.Or(cmp.Compare(a.Handler, b.Handler), cmp.Compare(a.Framing, b.Framing))
	})
	return all
}

// pending is what a connection has counted and not yet added to the server's
// counts: the kind of a session may not be known before its bytes are read, and
// adding once an event is cheaper.
type pending struct {
	bytesIn, reads        int64
	payloadIn, payloadOut int64
	framesIn, framesOut   int64
}

// be makes c a session of kind k, from where it is owned now.
func (c *conn) be(k session) {
	c.session = k
	c.settle()
}

// settle finds where c counts; its owner has changed, or its kind.
func (c *conn) settle() {
	if c.local != nil {
		c.traffic = c.local.traffic.of(c.session)
	} else {
		c.traffic = c.lis.srv.lane.of(c.session)
	}
}

// countPreface counts what came up to the end of the preface, rest bytes of the
// chunk before its end.
func (c *conn) countPreface(rest int) {
	n := c.bytesIn - int64(rest)
	c.traffic.BytesIn.Add(n)
	c.bytesIn -= n
	if c.log != nil {
		c.log.bytesIn += n
	}
}

func (c *conn) countRead(n int) {
	c.reads++
	c.bytesIn += int64(n)
	c.wireIn += int64(n)
	c.looks = 0
	c.spent(n, 0)
}

func (c *conn) countWrite(n int) {
	c.looks = 0
	c.spent(0, n)
	if c.log != nil {
		c.log.bytesOut += int64(n)
	}
	c.traffic.Writes.Add(1)
	if m := min(n, c.prefaceOut); m > 0 {
		c.prefaceOut -= m
		n -= m
		c.traffics().of(unopened).BytesOut.Add(int64(m))
	}
	c.traffic.BytesOut.Add(int64(n))
}

// countFrames adds what is pending to the server's counts. It is called before
// the replies are written: who has read them finds them counted.
func (c *conn) countFrames() {
	p, t := &c.pending, c.traffic
	if *p == (pending{}) {
		return
	}
	if c.log != nil {
		c.log.count(p)
	}
	t.Reads.Add(p.reads)
	t.BytesIn.Add(p.bytesIn)
	t.PayloadIn.Add(p.payloadIn)
	t.PayloadOut.Add(p.payloadOut)
	t.FramesIn.Add(p.framesIn)
	t.FramesOut.Add(p.framesOut)
	*p = pending{}
}

// counted counts a reply of so many frames with n bytes of payload in all.
func (r *Reply) counted(frames, n int64) {
	r.conn.framesOut += frames
	r.conn.payloadOut += n
}

func (c *conn) traffics() *traffics {
	if c.local != nil {
		return &c.local.traffic
	}
	return &c.lis.srv.lane
}
