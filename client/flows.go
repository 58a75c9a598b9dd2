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

// flows keeps what single connections did, and asks the kernel about them once
// an interval.
type flows struct {
	conns []Conn
	told  []tally
	begun []tally // when the measuring began
	from  time.Duration
}

type tally struct {
	payload, retransmits, packets, lost, reordered int64
	jitter                                         time.Duration
}

func (w *worker) tally(i *tcpInfo) tally {
	n := tally{payload: w.count.payload.Load(), retransmits: i.retransmits}
	if w.cfg.udp() {
		n.lost, n.reordered = w.count.lost.Load(), w.count.reordered.Load()
		n.packets = w.count.messages.Load() + n.lost
		w.mu.Lock()
		n.jitter = w.path.jitter
		w.mu.Unlock()
	}
	return n
}

// flowsMost is with how many connections the kernel is no longer asked in
// between: a call each, once an interval.
const flowsMost = 1024

// turn ends an interval.
func (f *flows) turn(t *ticker, now time.Duration, omitted bool) *TCPTotals {
	if len(t.workers) > flowsMost && !t.cfg.PerConn {
		return nil
	}
	f.begin(t)
	var sum TCPTotals
	for i, w := range t.workers {
		info, ok := w.info()
		if ok {
			sum.add(&info)
		}
		if t.cfg.PerConn {
			c := &f.conns[i]
			count := w.tally(&info)
			c.Intervals = append(c.Intervals, flowOf(&info, f.told[i], count, f.from, now, omitted))
			f.told[i] = count
		}
	}
	if f.from = now; sum.Connections == 0 {
		return nil
	}
	return &sum
}

// total ends the run.
func (f *flows) total(t *ticker, now time.Duration) {
	if !t.cfg.PerConn {
		return
	}
	f.begin(t)
	for i, w := range t.workers {
		info, _ := w.info()
		f.conns[i].Totals = flowOf(&info, f.begun[i], w.tally(&info), max(0, t.began), now, false)
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
	if !t.cfg.PerConn || f.conns != nil {
		return
	}
	f.conns, f.told, f.begun = make([]Conn, len(t.workers)), make([]tally, len(t.workers)), make([]tally, len(t.workers))
	for i, w := range t.workers {
		f.conns[i] = Conn{ID: w.id, Up: w.up}
		if !t.cfg.workload.self {
			f.conns[i].Local, f.conns[i].Remote = w.session.nc.LocalAddr(), w.session.nc.RemoteAddr()
		}
	}
}

// measure remembers what the warm-up has moved.
func (f *flows) measure(t *ticker) {
	if !t.cfg.PerConn {
		return
	}
	f.begin(t)
	for i, w := range t.workers {
		info, _ := w.info()
		f.begun[i] = w.tally(&info)
	}
}

// info is what the kernel knows of the connection: now, or when it was closed.
func (w *worker) info() (tcpInfo, bool) {
	w.tcpMu.Lock()
	defer w.tcpMu.Unlock()
	if w.closed {
		return w.tcp, w.tcp.ok
	}
	return readTCPInfo(w.session.nc)
}
