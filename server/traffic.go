package server

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"github.com/loadframe/loadframe/codec"
)

// session is what traffic is counted by.
type session struct {
	handler, framing string
	instance         *instance // nil: the client has not said which it is
}

// unopened is what an auto connection's bytes belong to that are no session's:
// the preface and its answer.
var unopened = session{handler: "none", framing: "preface"}

// other takes in what is beyond maxSessions.
var other = session{handler: "other", framing: "other"}

// maxSessions bounds the kinds of sessions that are told apart: peers choose
// them. Handlers and framings are few, but framings can be combined.
const maxSessions = 256

// maxTagged bounds the kinds of sessions of the client instances, of which there
// are few for each: a run has one workload.
const maxTagged = 2 * maxInstances

// sessionOf names the kind: the framing by its name alone, without what a peer
// may have set in it.
func sessionOf(handler string, c codec.Codec) session {
	name, rest, _ := strings.Cut(c.String(), ":")
	if _, over, found := strings.Cut(rest, "+"); found {
		name += "+" + over
	}
	return session{handler: handler, framing: name}
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

// traffic is the live form of Traffic, under the lock of the traffics that it is
// one of. Each loop has its own, or the loops would take the cache line from each
// other with every message; all lanes share one.
//
// Eight atomic additions were a third of what a message cost us; a lock is one
// operation of that kind, and opening it another.
type traffic struct {
	bytesIn, bytesOut, payloadIn, payloadOut, framesIn, framesOut, reads, writes int64

	_ [64]byte // the next one's are on another line
}

// traffics are the counts of one loop, or of all lanes.
type traffics struct {
	mu     sync.Mutex // a loop waits for it only while the counts are being read
	by     map[session]*traffic
	tagged int // of these, of a client instance
}

// of returns where to count sessions of kind k.
func (t *traffics) of(k session) *traffic {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.find(k)
}

// find is of under the lock.
func (t *traffics) find(k session) *traffic {
	if t.by == nil {
		t.by = map[session]*traffic{}
	}
	at := t.by[k]
	switch {
	case at != nil:
	case k.instance == nil && len(t.by)-t.tagged >= maxSessions:
		k = other
		at = t.by[k]
	case k.instance != nil && t.tagged >= maxTagged:
		k.handler, k.framing = other.handler, other.framing
		at = t.by[k] // one more an instance at most
	}
	if at == nil {
		at = new(traffic)
		t.by[k] = at
		if k.instance != nil {
			t.tagged++
		}
	}
	return at
}

// fold makes what an instance without connections has counted nobody's.
func (t *traffics) fold(i *instance) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var gone []*traffic
	var to []session
	for k, at := range t.by {
		if k.instance == i {
			delete(t.by, k)
			t.tagged--
			k.instance = nil
			gone, to = append(gone, at), append(to, k)
		}
	}
	for n, at := range gone {
		t.find(to[n]).add(at)
	}
}

// add adds what u has counted.
func (t *traffic) add(u *traffic) {
	t.bytesIn += u.bytesIn
	t.bytesOut += u.bytesOut
	t.payloadIn += u.payloadIn
	t.payloadOut += u.payloadOut
	t.framesIn += u.framesIn
	t.framesOut += u.framesOut
	t.reads += u.reads
	t.writes += u.writes
}

// each calls f with all that is counted here, under the lock.
func (t *traffics) each(f func(session, *traffic)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for k, at := range t.by {
		f(k, at)
	}
}

// eachTraffic calls f with all that is counted for connections.
func (s *Server) eachTraffic(f func(session, *traffic)) {
	s.lane.each(f)
	for l := range s.loops() {
		l.traffic.each(f)
	}
}

// connTraffic is the traffic of connections, whichever instance they are of.
func (s *Server) connTraffic() map[session]*Traffic {
	sums := map[session]*Traffic{}
	s.eachTraffic(func(k session, at *traffic) {
		k.instance = nil
		sum := sums[k]
		if sum == nil {
			sum = &Traffic{Handler: k.handler, Framing: k.framing}
			sums[k] = sum
		}
		sum.BytesIn += at.bytesIn
		sum.BytesOut += at.bytesOut
		sum.PayloadIn += at.payloadIn
		sum.PayloadOut += at.payloadOut
		sum.FramesIn += at.framesIn
		sum.FramesOut += at.framesOut
		sum.Reads += at.reads
		sum.Writes += at.writes
	})
	return sums
}

// udpFraming is what datagrams have for a framing.
const udpFraming = "udp"

// Traffic returns what each kind of session has moved so far, sorted by handler
// and framing. Any goroutine may call it.
func (s *Server) Traffic() []Traffic {
	sums := s.connTraffic()
	for _, l := range s.udpListeners {
		k := session{handler: l.name, framing: udpFraming}
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
