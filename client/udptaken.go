package client

import (
	"bytes"
	"fmt"
	"time"

	"github.com/loadframe/loadframe/internal/datagram"
	"github.com/loadframe/loadframe/internal/preface"
)

// datagram takes one. The worker's lock is held.
func (t *udpTaker) datagram(in []byte, now int64) error {
	h, payload, err := datagram.Parse(in)
	switch {
	case err != nil:
		t.mismatch(in, fmt.Errorf("verify: %w", err))
		return t.refused
	case h.Run != t.session.run:
		return nil // of an earlier one
	}
	if h.Kind != datagram.Echo {
		t.heard = time.Duration(now)
	}
	switch h.Kind {
	case datagram.Data:
		t.accepted = true
		t.data(h, payload, len(in), now)
	case datagram.Accepted:
		if t.accepted = true; int64(h.Sequence) < t.n {
			t.n = int64(h.Sequence)
		}
	case datagram.End:
		t.ended, t.sent = true, t.n
	case datagram.Echo:
		t.echoed = true
	case datagram.Token:
		if len(payload) == datagram.TokenLen && t.session.token != [datagram.TokenLen]byte(payload) {
			t.session.token = [datagram.TokenLen]byte(payload)
			return t.request()
		}
	case datagram.Refused:
		return fmt.Errorf("%w: %.200s", preface.ErrRefused, bytes.TrimSpace(payload))
	}
	return nil
}

// data verifies and counts one datagram of the run.
func (t *udpTaker) data(h datagram.Header, payload []byte, wire int, now int64) {
	size := int64(t.cfg.Size)
	at := int64(h.Sequence) * size
	want := size
	if t.cfg.Workload != Stream {
		want = min(size, t.bytes-at)
	}
	switch {
	case int64(h.Sequence) >= t.n || int64(h.Offset) != at || t.cfg.Verify != VerifyNone && int64(len(payload)) != want:
		t.mismatch(nil, fmt.Errorf("verify: datagram %d of %d has %d bytes of offset %d, expected %d of %d", h.Sequence, t.n, len(payload), h.Offset, want, at))
		return
	case t.cfg.Verify == VerifyFull && !t.check(at, payload):
		return
	}
	add(&t.count.wire, int64(wire))
	transit := t.wall(time.Duration(now)) - h.Sent
	reordered := t.tracker.Receipt().Reordered
	first := t.tracker.Add(h.Sequence, len(payload), time.Duration(transit))
	if !first {
		return
	}
	if r := t.tracker.Receipt(); r.Reordered == reordered {
		t.path.arrived(transit)
		t.time(int64(h.Sequence), now)
	}
	t.unique++
	add(&t.count.messages, 1)
	add(&t.count.payload, int64(len(payload)))
}

// time takes what the arrival of a packet of a stream tells: how far it is from
// the one before, and from when it was due by the first.
func (t *udpTaker) time(n, now int64) {
	if t.cfg.Workload != Stream {
		return
	}
	interval := int64(t.gap)
	if t.last == 0 {
		t.first = now - n*interval
	} else {
		t.record.record(timing{response: abs(now - t.last - interval)})
	}
	if now-t.first >= (n+1)*interval {
		t.streamed.late++
	}
	t.last = now
}

// publish tells the run what is known of the present run and those before.
func (t *udpTaker) publish() {
	r := t.tracker.Receipt()
	sent := t.sent
	if sent == 0 && r.Received > 0 {
		sent = int64(r.Highest) + 1
	}
	b := &t.before
	t.count.sent.Store(int64(b.Highest) + sent)
	t.count.lost.Store(int64(b.Lost) + sent - t.unique)
	t.count.reordered.Store(int64(b.Reordered + r.Reordered))
	t.count.duplicated.Store(int64(b.Duplicated + r.Duplicated))
	t.count.late.Store(int64(b.Late + r.Late))
	if t.left == t.n && (t.ended || r.Received > 0 && int64(r.Highest)+1 == t.n) {
		t.quiet.Store(max(1, int64(t.heard)))
	}
}

// tally ends a run: what is known of it is added to what was before.
func (t *udpTaker) tally() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.publish()
	r := t.tracker.Receipt()
	t.path.add(r, int64(r.Received)-t.forgot, -t.cfg.offset) // the server's clock is the sender's
	t.before = datagram.Receipt{
		Highest: uint64(t.count.sent.Load()), Lost: uint64(t.count.lost.Load()), Reordered: t.before.Reordered + r.Reordered,
		Duplicated: t.before.Duplicated + r.Duplicated, Late: t.before.Late + r.Late,
	}
	if t.cfg.Workload == Stream {
		t.streamed.lost = t.count.lost.Load() - t.lostBefore
		t.streamed.jitter, t.streamed.jittered = float64(t.path.jitter), t.path.jittered
	}
}

// afresh makes the delays, and what is not in the counters, those of what comes
// from now on. The worker's lock is held.
func (t *udpTaker) afresh() {
	t.tracker.ForgetDelays()
	t.forgot = int64(t.tracker.Receipt().Received)
	t.path = pathCount{}
	t.streamed = streamCount{}
	t.lostBefore = t.count.lost.Load()
}
