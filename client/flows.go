package client

import (
	"net"
	"time"
)

// Conn is what one connection did.
type Conn struct {
	ID        int
	Local     net.Addr
	Remote    net.Addr
	Up        bool // the client sends
	Totals    Flow // without the warm-up
	Intervals []Flow
}

// Flow is what a connection moved in a stretch of time, with what the kernel
// knew of it at its end.
type Flow struct {
	Start, End          time.Duration // since the start of the run
	Payload             int64
	Retransmits         int64 // segments, in this stretch
	Cwnd, Window, PMTU  int64 // bytes
	RTT, RTTVar, MinRTT time.Duration

	Packets, Lost, Reordered int64 // datagrams; Packets are those that came and those that are lost
	Jitter                   time.Duration

	Omitted bool
}

// flows keeps what single connections did, as the book's turns found it, and asks
// the kernel about them: once a turn, so that what is told of an interval, of the
// warm-up and of the run fits together.
type flows struct {
	conns []Conn
	infos []tcpInfo
	now   []tally // at the last look
	told  []tally
	begun []tally // when the measuring began
	from  time.Duration

	retransmits int64 // of all connections, in intervals so far
}

type tally struct {
	payload, retransmits, packets, lost, reordered int64
	jitter                                         time.Duration
}

// tally is what the worker had counted at the last turn of the book.
func (w *worker) tally(n Counts, i *tcpInfo) tally {
	out := tally{payload: n.Payload, retransmits: i.retransmits}
	if w.cfg.udp() {
		out.lost, out.reordered, out.packets = n.Lost, n.Reordered, n.Messages+n.Lost
		w.mu.Lock()
		out.jitter = w.path.jitter
		w.mu.Unlock()
	}
	return out
}

// flowsMost is with how many connections the kernel is no longer asked in
// between: a call each, once an interval.
const flowsMost = 1024

// look follows a turn of the book. It returns the kernel's account; nil: it has
// none, or there are too many connections to ask.
func (f *flows) look(t *ticker) *TCPTotals {
	if len(t.workers) > flowsMost && !t.cfg.PerConn {
		return nil
	}
	var sum TCPTotals
	for i, w := range t.workers {
		info, ok := w.info()
		if ok {
			sum.add(&info)
		}
		if t.cfg.PerConn {
			f.infos[i], f.now[i] = info, w.tally(t.book.each[i], &info)
		}
	}
	if sum.Connections == 0 {
		return nil
	}
	return &sum
}

// turn ends an interval.
func (f *flows) turn(now time.Duration, omitted bool) {
	for i := range f.conns {
		c := &f.conns[i]
		c.Intervals = append(c.Intervals, flowOf(&f.infos[i], f.told[i], f.now[i], f.from, now, omitted))
	}
	copy(f.told, f.now)
	f.from = now
}

// resent returns how many segments were sent again since it was asked last. What
// the kernel counts of a connection only grows.
func (f *flows) resent(tcp *TCPTotals) int64 {
	if tcp == nil {
		return 0
	}
	n := max(0, tcp.Retransmits-f.retransmits)
	f.retransmits += n
	return n
}

// total ends the run.
func (f *flows) total(began, now time.Duration) {
	for i := range f.conns {
		f.conns[i].Totals = flowOf(&f.infos[i], f.begun[i], f.now[i], max(0, began), now, false)
	}
}

func flowOf(i *tcpInfo, from, to tally, start, end time.Duration, omitted bool) Flow {
	return Flow{
		Start: start, End: end, Omitted: omitted, Payload: to.payload - from.payload, Retransmits: max(0, to.retransmits-from.retransmits),
		Packets: to.packets - from.packets, Lost: to.lost - from.lost, Reordered: to.reordered - from.reordered, Jitter: to.jitter,
		Cwnd: i.cwnd * i.mss, Window: i.window, PMTU: i.pmtu, RTT: i.rtt, RTTVar: i.rttvar, MinRTT: i.minRTT,
	}
}

func (f *flows) begin(t *ticker) {
	if !t.cfg.PerConn {
		return
	}
	n := len(t.workers)
	f.conns, f.infos, f.now, f.told, f.begun = make([]Conn, n), make([]tcpInfo, n), make([]tally, n), make([]tally, n), make([]tally, n)
	t.book.each = make([]Counts, n)
	for i, w := range t.workers {
		f.conns[i] = Conn{ID: w.id, Up: w.up}
		if !t.cfg.workload.self {
			f.conns[i].Local, f.conns[i].Remote = w.session.nc.LocalAddr(), w.session.nc.RemoteAddr()
		}
	}
}

// measure remembers what the warm-up has moved.
func (f *flows) measure() { copy(f.begun, f.now) }

// info is what the kernel knows of the connection: now, or when it was closed.
func (w *worker) info() (tcpInfo, bool) {
	w.tcpMu.Lock()
	defer w.tcpMu.Unlock()
	if w.closed {
		return w.tcp, w.tcp.ok
	}
	return readTCPInfo(w.session.nc)
}
