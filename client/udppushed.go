package client

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/loadframe/loadframe/internal/datagram"
	"github.com/loadframe/loadframe/internal/preface"
)

// ask asks what has arrived.
func (p *udpPusher) ask(now time.Duration) error {
	p.asked++
	p.askedAt = now
	h := datagram.Header{Kind: datagram.Report, Run: p.session.run, Sequence: uint64(p.asked), Sent: p.wall(now)}
	if p.measured.Load() {
		h.Offset = 1 // the delays of the warm-up are forgotten
	}
	b := h.Append(nil)
	return p.sendUDP(b, len(b))
}

// wait asks until all has arrived, or until what has not is lost. An answer to a
// question of before does not tell.
func (p *udpPusher) wait(over <-chan struct{}) error {
	quiet := p.last
	if p.next < p.bound { // time has ended it
		quiet = p.clock.now()
	}
	p.quiet.Store(max(1, int64(quiet)))
	final := int64(0) // the first question after which nothing more is waited for
	for every := tick / 20; ; every = min(2*every, tick) {
		now := p.clock.now()
		if final == 0 && now >= p.last+p.cfg.LostAfter {
			final = p.asked + 1
		}
		if err := p.ask(now); err != nil {
			return err
		}
		select {
		case <-over:
			return nil
		case <-time.After(every):
		}
		p.mu.Lock()
		done := final > 0 && p.answered >= final || p.answered > 0 && p.unique() >= p.next
		p.mu.Unlock()
		if done {
			return nil
		}
	}
}

func (p *udpPusher) unique() int64 {
	return int64(p.receipt.Received - p.receipt.Duplicated - p.receipt.Late)
}

// hear reads reports until its read is ended.
func (p *udpPusher) hear(over chan<- struct{}) error {
	defer close(over)
	for {
		came, err := p.session.udp.Read()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
		if err != nil {
			return udpError(err, p.session.nc)
		}
		add(&p.count.reads, 1)
		for _, in := range came {
			if err := p.heard(in); err != nil || p.bad != nil {
				return err
			}
		}
	}
}

func (p *udpPusher) heard(in []byte) error {
	h, payload, err := datagram.Parse(in)
	switch {
	case err != nil || h.Run != p.session.run:
		return err
	case h.Kind == datagram.Refused:
		return fmt.Errorf("%w: %.200s", preface.ErrRefused, payload)
	case h.Kind != datagram.Report:
		return nil
	}
	r, err := datagram.ParseReceipt(payload)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if int64(h.Sequence) <= p.answered {
		return nil // it was overtaken
	}
	p.answered = int64(h.Sequence)
	p.arrived(r)
	return nil
}

// arrived takes over what the server has counted: what it knows of is what
// counts as sent so far, so that the figures agree. The worker's lock is held.
func (p *udpPusher) arrived(r datagram.Receipt) {
	size := int64(p.cfg.Size)
	if p.cfg.Verify != VerifyNone && int64(r.Bytes) != int64(r.Received)*size {
		p.mismatch(nil, fmt.Errorf("verify: %d datagrams of %d bytes have arrived with %d bytes", r.Received, size, r.Bytes))
	}
	if p.quiet.Load() > 0 && r.Received != p.receipt.Received {
		p.quiet.Store(int64(p.clock.now()))
	}
	if at, got, wrong := r.WrongByte(); wrong && p.cfg.Verify == VerifyFull {
		p.wrong(at, got)
	}
	p.receipt = r
	p.path.jitter, p.path.jittered = r.Jitter, r.Received > 1
	n := p.unique()
	if r.Received > 0 {
		p.count.sent.Store(int64(r.Highest) + 1)
	}
	p.count.messages.Store(n)
	p.count.payload.Store(n * size)
	p.count.wire.Store(int64(r.Received) * (size + datagram.HeaderLen))
	p.count.lost.Store(max(0, int64(r.Lost)))
	p.count.reordered.Store(int64(r.Reordered))
	p.count.duplicated.Store(int64(r.Duplicated))
	p.count.late.Store(int64(r.Late))
}
