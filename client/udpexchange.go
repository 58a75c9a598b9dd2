package client

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"github.com/loadframe/loadframe/internal/datagram"
)

// udpExchanger is the state of one socket's requests and replies. A reply says
// which request it is to: by its header, which has come back, or by the CRC of
// its receipt.
//
// In a closed loop one goroutine sends and takes in turn: the kernel takes a
// datagram whether or not we read. In an open loop a second one sends.
type udpExchanger struct {
	*worker
	bound     int64 // messages
	byteBound int64 // payload bytes, where sizes vary
	payload   int64 // bytes sent
	stride    int64 // bytes of content from one message to the next
	batch     int64
	cursor    *Cursor // nil in a closed loop
	next      int64   // number of the message to be sent
	out       []byte

	finished atomic.Bool   // nothing more will be sent
	deadline time.Duration // of the read, since the start
	window   udpWindow     // guarded by the worker's lock
	replies  datagram.Tracker
	far      struct{ reordered, duplicated, late int64 } // beside what replies counts
}

func resolveUDPExchange(c *Config) error {
	if c.Plain && c.Workload == Stamp {
		return errors.New("a plain server cannot be told to stamp with nanoseconds")
	}
	behind := 0
	if c.Workload == Stamp {
		behind = stampSize
	}
	return c.resolveUDPSize(defaultMessage, behind)
}

func prepareUDPExchange(w *worker) func() error {
	c := w.cfg
	x := &udpExchanger{worker: w, bound: c.messageBound(w.id), byteBound: unbounded, stride: c.stride(), batch: int64(max(1, min(c.Batch, c.Depth)))}
	if c.sizes.spec != "" {
		x.byteBound, x.batch = c.share(bound(c.Bytes), w.id), 1
	}
	if c.schedule != nil {
		x.cursor, w.gate = c.schedule.Cursor(c.Seed), newGate()
	}
	x.window.byCRC = map[uint32]int64{}
	w.record, w.up = &recorder{page: w.page}, c.Workload == Ack
	w.sent = w.count.sent.Load
	if w.gate != nil {
		w.owed = func() bool { return x.window.open.Load() > 0 || w.gate.due.Load() > w.count.sent.Load() }
	}
	return x.drive
}

func (x *udpExchanger) drive() error {
	run := x.inTurn
	if x.cursor != nil {
		run = x.apart
	}
	if err := run(); err != nil || x.bad != nil {
		return err
	}
	if n := x.count.sent.Load(); n > 0 && x.count.messages.Load() == 0 {
		return fmt.Errorf("none of %d datagrams was answered within %v: %w", n, x.cfg.LostAfter, errStalled)
	}
	return nil
}

// inTurn sends as much as the depth allows, then takes what has come.
func (x *udpExchanger) inTurn() error {
	for {
		n, more := x.allowed()
		if n > 0 {
			if err := x.send(n); err != nil {
				return err
			}
			continue
		}
		if !more {
			x.finish()
			if x.window.open.Load() == 0 {
				return nil
			}
		}
		if err := x.receive(); err != nil || x.bad != nil {
			return err
		}
	}
}

// finish says that what follows is waiting.
func (x *udpExchanger) finish() {
	if !x.finished.Swap(true) {
		x.quiet.Store(max(1, int64(x.clock.now())))
	}
}

// apart sends in a goroutine of its own.
func (x *udpExchanger) apart() error {
	quit := make(chan struct{})
	wrote := make(chan error, 1)
	go func() { wrote <- x.sendAll(quit) }()
	var err error
	for err == nil && x.bad == nil && !(x.finished.Load() && x.window.open.Load() == 0) {
		if err = x.receive(); errors.Is(err, os.ErrDeadlineExceeded) && x.finished.Load() && x.window.open.Load() == 0 {
			err = nil // the sender has woken us up
		}
	}
	close(quit)
	if werr := <-wrote; werr != nil {
		return werr
	}
	return err
}

// receive reads once. What was sent too long ago is given up.
func (x *udpExchanger) receive() error {
	if now := x.clock.now(); now >= x.deadline {
		if x.expire(now) > 0 {
			return nil // there may be something to send now, or nothing to wait for
		}
		x.mu.Lock()
		x.deadline = now + x.cfg.LostAfter
		if oldest, ok := x.window.waiting(); ok {
			x.deadline = max(time.Duration(oldest.sent)+x.cfg.LostAfter, now+time.Millisecond)
		}
		x.mu.Unlock()
		if err := x.session.nc.SetReadDeadline(x.clock.start.Add(x.deadline)); err != nil {
			return err
		}
	}
	came, err := x.session.udp.Read()
	now := x.clock.now()
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded) && now >= x.deadline:
		return nil // the next call gives up what is too old
	case err != nil:
		return udpError(err, x.session.nc)
	}
	add(&x.count.reads, 1)
	before := x.window.open.Load()
	x.mu.Lock()
	for _, in := range came {
		if err = x.reply(in, int64(now)); err != nil || x.bad != nil {
			break
		}
	}
	x.mu.Unlock()
	x.settled(before, now)
	return err
}

// expire gives up what was sent too long ago, and returns how much that was.
func (x *udpExchanger) expire(now time.Duration) int64 {
	before := x.window.open.Load()
	x.mu.Lock()
	n := x.window.expire(int64(now - x.cfg.LostAfter))
	add(&x.count.lost, n)
	x.mu.Unlock()
	if x.gate != nil && before >= int64(x.cfg.Depth) {
		x.gate.notify()
	}
	return n
}

// settled tells the sender that there is room, and the run that something moved.
func (x *udpExchanger) settled(before int64, now time.Duration) {
	if x.gate != nil && before >= int64(x.cfg.Depth) {
		x.gate.notify()
	}
	if x.finished.Load() {
		x.quiet.Store(int64(now))
	}
}

// reply verifies one datagram and records it. The worker's lock is held.
func (x *udpExchanger) reply(in []byte, now int64) error {
	ns, i, ok := x.match(in)
	if !ok {
		return x.refused
	}
	size := x.cfg.sizes.at(i)
	moved := len(in)
	if x.cfg.Workload == Ack {
		moved = datagram.HeaderLen + size // what goes up
	}
	add(&x.count.wire, int64(moved))
	s, was := x.window.settle(i)
	answered := x.account(i, size, was)
	if !answered {
		return nil
	}
	add(&x.count.messages, 1)
	add(&x.count.payload, int64(size))
	if was == slotGone {
		return nil // nobody knows any more when it was sent
	}
	t := timing{response: now - s.due, service: now - s.sent, lag: s.lag}
	if x.cfg.Workload == Stamp {
		server := ns - int64(x.cfg.offset) - x.clock.start.UnixNano()
		t.up, t.down = server-s.sent, now-server
	}
	x.record.record(t)
	return nil
}

// account counts what a reply is, by what its message was before it, and tells
// whether it is the first.
func (x *udpExchanger) account(i int64, size int, was slotState) (first bool) {
	before := x.replies.Receipt().Late
	first = x.replies.Add(uint64(i), size, 0)
	r := x.replies.Receipt()
	far := r.Late > before // than the tracker can tell; the window may know
	switch {
	case was == slotWaiting || was == slotLost:
		first = true
		if far {
			x.far.reordered++
		}
	case was == slotDone && far:
		x.far.duplicated++
	case far:
		x.far.late++
	}
	if was == slotLost || was == slotGone && first {
		add(&x.count.lost, -1)
		x.far.late++
	}
	x.count.reordered.Store(int64(r.Reordered) + x.far.reordered)
	x.count.duplicated.Store(int64(r.Duplicated) + x.far.duplicated)
	x.count.late.Store(x.far.late)
	return first
}

// match verifies a reply and returns the message that it is to; false: none, and
// bad or refused may tell why.
func (x *udpExchanger) match(in []byte) (ns, i int64, ok bool) {
	ns, body, err := udpAnswer(x.cfg.Workload, in)
	if err != nil {
		return 0, 0, x.mismatch(in, err)
	}
	if x.cfg.Workload == Ack {
		i, ok = x.window.byCRC[binary.BigEndian.Uint32(in[8:])]
		if want := datagram.HeaderLen + x.cfg.sizes.at(i); ok && binary.BigEndian.Uint32(in[4:]) != uint32(want) || !ok {
			return 0, 0, x.mismatch(nil, fmt.Errorf("verify: receipt % x fits none of the last %d messages", in, len(x.window.ring)))
		}
		return 0, i, true
	}
	h, payload, err := datagram.Parse(body)
	switch {
	case err != nil:
		return 0, 0, x.mismatch(in, fmt.Errorf("verify: %w", err))
	case h.Run != x.session.run:
		return 0, 0, false // a late answer to the question before the run
	case h.Kind != datagram.Echo || h.Sequence >= uint64(x.window.next):
		return 0, 0, x.mismatch(in, fmt.Errorf("verify: a reply of kind %d to message %d, of %d sent", h.Kind, h.Sequence, x.window.next))
	}
	i = int64(h.Sequence)
	want := x.cfg.sizes.at(i)
	switch {
	case x.cfg.Verify != VerifyNone && len(payload) != want:
		return 0, 0, x.mismatch(nil, fmt.Errorf("verify: reply %d has %d bytes, expected %d", i, len(payload), want))
	case x.cfg.Verify == VerifyFull && !x.check(i*x.stride, payload):
		return 0, 0, false
	}
	return ns, i, true
}
