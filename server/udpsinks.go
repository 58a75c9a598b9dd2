package server

import (
	"net/netip"
	"time"

	"github.com/loadframe/loadframe/internal/datagram"
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

// udpSinkRun is 1.3 KiB however much comes.
type udpSinkRun struct {
	tracker datagram.Tracker
	last    time.Time
	trusted bool
}

// sinkIdle is after what time without a datagram a run is given up, when
// somebody else asks for one.
const sinkIdle = time.Minute

// openSink begins to count; a second time it says so again.
func (l *udpLoop) openSink(h datagram.Header) error {
	key := udpSinkKey{l.peer, h.Run}
	if l.sinks.open[key] == nil {
		if l.lis.srv.stopping() {
			return l.refused(errUDPStopping)
		}
		l.sweepSinks()
		if err := l.service.transfers.admit(l.peer.Addr(), l.trusted); err != nil {
			return l.refused(err)
		}
		l.sinks.open[key] = &udpSinkRun{last: l.now, trusted: l.trusted}
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

// sinkData counts. Data of a run that is not open is not answered: it would be
// an answer to anybody.
func (l *udpLoop) sinkData(h datagram.Header, n int) {
	s := l.sinks.open[udpSinkKey{l.peer, h.Run}]
	if s == nil {
		l.count.Bad.Add(1)
		return
	}
	s.last = l.now
	s.tracker.Add(h.Sequence, n, time.Duration(l.now.UnixNano()-h.Sent))
}

// sinkReport tells what came so far. The run stays open: the report may get
// lost and be asked for again.
func (l *udpLoop) sinkReport(h datagram.Header) {
	s := l.sinks.open[udpSinkKey{l.peer, h.Run}]
	if s == nil {
		l.count.Bad.Add(1)
		return
	}
	s.last = l.now
	receipt := s.tracker.Receipt()
	l.answer(datagram.Header{Kind: datagram.Report, Run: h.Run, Sequence: h.Sequence}, receipt.Append(nil), false)
}
