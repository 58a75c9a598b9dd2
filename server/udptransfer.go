package server

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/loadframe/loadframe/internal/datagram"
)

// udpRun names a transfer among those of its peer.
type udpRun struct {
	id   uint64
	text bool // nobody chose the id: the request was a command
}

// udpTransfer is a file or a stream on its way to one peer, in a goroutine of
// its own.
type udpTransfer struct {
	loop    *udpLoop // whose socket it uses
	peer    netip.AddrPort
	run     udpRun
	trusted bool
	segment bool
	control []byte // for a write that is cut, by the size in cut
	cut     int
	timer   *time.Timer
	stopped chan struct{}
	stop    func() // closes stopped, once

	begun            time.Time
	datagrams, bytes int64 // sent
}

// udpJob sends all of a transfer; an error ends it.
type udpJob interface {
	send(t *udpTransfer) error
}

// udpTransfers are all that run. Any goroutine may call its methods.
type udpTransfers struct {
	service *udpService
	active  atomic.Int64
	ending  sync.WaitGroup
	texts   atomic.Uint64

	mu       sync.Mutex
	closed   bool
	admitted int                // transfers and sinks
	of       map[netip.Addr]int // of these, by address that is not trusted
	running  map[netip.AddrPort]map[udpRun]*udpTransfer
}

// udpRefusal is why a transfer is not begun.
type udpRefusal struct {
	why  refusal
	text string
}

func (e *udpRefusal) Error() string { return e.text }

var errUDPStopping error = &udpRefusal{refusedStopping, "server is stopping"}

// refused counts a transfer that is not begun.
func (l *udpLoop) refused(err error) error {
	l.count.Refused.Add(1)
	if r := (*udpRefusal)(nil); errors.As(err, &r) {
		l.lis.srv.refusals[r.why].Add(1)
	}
	return err
}

// admit counts one more transfer or sink in, or tells why there is no room.
func (s *udpTransfers) admit(a netip.Addr, trusted bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return errUDPStopping
	case s.admitted >= s.service.Transfers:
		return &udpRefusal{refusedTransfers, fmt.Sprintf("too many transfers: limit %d", s.service.Transfers)}
	case !trusted && s.of[budgetKey(a)] >= s.service.AddressTransfers:
		return &udpRefusal{refusedAddrTransfers, fmt.Sprintf("too many transfers to one address: limit %d", s.service.AddressTransfers)}
	}
	s.admitted++
	if !trusted {
		s.of[budgetKey(a)]++
	}
	return nil
}

// leave counts it out.
func (s *udpTransfers) leave(a netip.Addr, trusted bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.admitted--
	if trusted {
		return
	}
	if k := budgetKey(a); s.of[k] > 1 {
		s.of[k]--
	} else {
		delete(s.of, k)
	}
}

// begin starts a job for the datagram's sender, who is trusted or has proved
// its address. A run that is there already goes on: the request came twice.
func (l *udpLoop) begin(job udpJob, run udpRun) error {
	s := &l.service.transfers
	if l.lis.srv.stopping() {
		return errUDPStopping
	}
	if run.text {
		run.id = s.texts.Add(1)
	} else if s.find(l.peer, run) != nil {
		return nil
	}
	if err := s.admit(l.peer.Addr(), l.trusted); err != nil {
		return err
	}
	t := &udpTransfer{loop: l, peer: l.peer, run: run, trusted: l.trusted, segment: l.segment, stopped: make(chan struct{}), begun: l.now}
	t.stop = sync.OnceFunc(func() { close(t.stopped) })
	if !s.enter(t) {
		s.leave(t.peer.Addr(), t.trusted)
		return errUDPStopping
	}
	go func() {
		defer s.exit(t)
		err := job.send(t)
		t.log(err)
		switch {
		case err == nil:
			l.count.Done.Add(1)
		case errors.Is(err, errUDPStopped) || errors.Is(err, net.ErrClosed):
			l.count.Ended.Add(1)
		default:
			l.count.Ended.Add(1)
			l.count.SendErrors.Add(1)
			l.lis.srv.log.Debug("udp transfer", "peer", t.peer, "error", err)
		}
	}()
	return nil
}

// log writes a line of the connection log: a transfer is what UDP has of a
// connection.
func (t *udpTransfer) log(err error) {
	to := t.loop.lis.srv.conns
	if to == nil {
		return
	}
	reason := "complete"
	if err != nil {
		reason = err.Error()
	}
	to.put("transfer", slog.String("peer", t.peer.String()), slog.String("handler", t.loop.lis.name), slog.String("framing", udpFraming),
		slog.Int64("bytes_out", t.bytes), slog.Int64("frames_out", t.datagrams), slog.Duration("duration", time.Since(t.begun)), slog.String("reason", reason))
}

func (s *udpTransfers) find(peer netip.AddrPort, run udpRun) *udpTransfer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.running[peer][run]
}

func (s *udpTransfers) enter(t *udpTransfer) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	runs := s.running[t.peer]
	if runs == nil {
		runs = map[udpRun]*udpTransfer{}
		s.running[t.peer] = runs
	}
	runs[t.run] = t
	s.active.Add(1)
	s.ending.Add(1)
	return true
}

func (s *udpTransfers) exit(t *udpTransfer) {
	s.mu.Lock()
	delete(s.running[t.peer], t.run)
	if len(s.running[t.peer]) == 0 {
		delete(s.running, t.peer)
	}
	s.mu.Unlock()
	s.leave(t.peer.Addr(), t.trusted)
	s.active.Add(-1)
	s.ending.Done()
}

// unreachable ends the transfers to a peer that has closed its port.
func (s *udpTransfers) unreachable(peer netip.AddrPort) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.running[peer] {
		t.stop()
	}
}

// close ends all transfers and returns how many there were.
func (s *udpTransfers) close() (cut int) {
	s.mu.Lock()
	s.closed = true
	for _, runs := range s.running {
		for _, t := range runs {
			t.stop()
			cut++
		}
	}
	s.mu.Unlock()
	s.ending.Wait()
	return cut
}

// errUDPStopped is not the transfer's fault.
var errUDPStopped = errors.New("stopped")

// sleep returns errUDPStopped if the transfer is to end.
func (t *udpTransfer) sleep(d time.Duration) error {
	if t.timer == nil {
		t.timer = time.NewTimer(d)
	} else {
		t.timer.Reset(d)
	}
	select {
	case <-t.timer.C:
		return nil
	case <-t.stopped:
		t.timer.Stop()
		return errUDPStopped
	}
}

// answer sends a header and text that are not part of the run's data.
func (t *udpTransfer) answer(h datagram.Header) error {
	h.Run, h.Sent = t.run.id, time.Now().UnixNano()
	b := h.Append(make([]byte, 0, datagram.HeaderLen))
	return t.write(b, len(b))
}
