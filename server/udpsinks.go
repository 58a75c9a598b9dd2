package server

import (
	"net/netip"
	"time"

	"github.com/loadframe/loadframe/internal/datagram"
	"github.com/loadframe/loadframe/internal/pattern"
)

// udpSinks count what peers push. Each loop has its own without a lock: a
// peer's datagrams all come to the same socket.
type udpSinks struct {
	open  map[udpSinkKey]*udpSinkRun
	swept time.Time
}

type udpSinkKey struct {
	peer netip.AddrPort
	run  uint64
}

// udpSinkRun is 1.4 KiB however much comes.
type udpSinkRun struct {
	tracker   datagram.Tracker
	last      time.Time
	trusted   bool
	size      uint64 // payload bytes of a datagram; 0: the content is not verified
	content   pattern.Content
	wrong     uint64 // see datagram.Receipt
	delayFrom uint64 // the greatest offset that a Report has named
}

// sinkIdle is after what time without a datagram a run is given up, when
// somebody else asks for one.
const sinkIdle = time.Minute

// openSink begins to count; a second time it says so again.
func (l *udpLoop) openSink(h datagram.Header, r datagram.Request) error {
	if _, err := payloadSize(r); err != nil {
		l.count.Bad.Add(1)
		return err
	}
	key := udpSinkKey{l.peer, h.Run}
	if l.sinks.open[key] == nil {
		if l.lis.srv.stopping() {
			return l.refused(errUDPStopping)
		}
		l.sweepSinks()
		if err := l.service.transfers.admit(l.peer.Addr(), l.trusted); err != nil {
			return l.refused(err)
		}
		l.sinks.open[key] = &udpSinkRun{last: l.now, trusted: l.trusted, size: uint64(r.Size), content: pattern.Seeded(r.Seed)}
	}
	l.answer(datagram.Header{Kind: datagram.Accepted, Run: h.Run}, nil, true)
	return nil
}

// sweepSinks closes the runs that nobody closed, at most once in ten seconds.
func (l *udpLoop) sweepSinks() {
	if l.now.Sub(l.sinks.swept) < sinkIdle/6 {
		return
	}
	l.sinks.swept = l.now
	for key, s := range l.sinks.open {
		if l.now.Sub(s.last) > sinkIdle {
			l.closeSink(key)
		}
	}
}

func (l *udpLoop) closeSink(key udpSinkKey) {
	if s := l.sinks.open[key]; s != nil {
		delete(l.sinks.open, key)
		l.service.transfers.leave(key.peer.Addr(), s.trusted)
	}
}

// sinkData counts and verifies. Data of a run that is not open is not answered:
// it would be an answer to anybody.
func (l *udpLoop) sinkData(h datagram.Header, payload []byte) {
	s := l.sinks.open[udpSinkKey{l.peer, h.Run}]
	if s == nil {
		l.count.Bad.Add(1)
		return
	}
	s.last = l.now
	s.tracker.Add(h.Sequence, len(payload), time.Duration(l.now.UnixNano()-h.Sent))
	s.verify(h.Sequence, payload)
}

// sinkMost is far more datagrams than a run can have. Below it offsets are such
// as a receipt can tell; above it a number is one that damage has made.
const sinkMost = 1 << 38

// verify remembers the lowest offset at which the content is not what was
// announced. Where a datagram belongs is told by its number.
func (s *udpSinkRun) verify(sequence uint64, payload []byte) {
	if s.size == 0 {
		return
	}
	offset := int64(min(sequence, sinkMost) * s.size)
	at := s.content.Check(offset, payload)
	if at < 0 {
		return
	}
	if wrong := datagram.WrongAt(offset+int64(at), payload[at]); s.wrong == 0 || wrong < s.wrong {
		s.wrong = wrong
	}
}

// sinkReport tells what came so far. The run stays open: the report may get
// lost and be asked for again. When the offset grows that one names, the delays
// and the jitter are those of what comes from then on.
func (l *udpLoop) sinkReport(h datagram.Header) {
	s := l.sinks.open[udpSinkKey{l.peer, h.Run}]
	if s == nil {
		l.count.Bad.Add(1)
		return
	}
	s.last = l.now
	if h.Offset > s.delayFrom {
		s.delayFrom = h.Offset
		s.tracker.ForgetDelays()
	}
	receipt := s.tracker.Receipt()
	receipt.Wrong = s.wrong
	l.answer(datagram.Header{Kind: datagram.Report, Run: h.Run, Sequence: h.Sequence}, receipt.Append(nil), false)
}
