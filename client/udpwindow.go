package client

import "sync/atomic"

// udpWindow holds the stamps of what was sent, from the oldest message that is
// waited for to the newest. What has been answered or given up stays in its
// place until that is needed: a reply may come late, or twice.
//
//	ring   | done | lost | waiting | done | waiting |      |
//	                       oldest                     next
type udpWindow struct {
	ring         []udpSlot // its length is a power of two
	oldest, next int64
	open         atomic.Int64     // waiting; changed under the worker's lock alone
	byCRC        map[uint32]int64 // of ack: the messages in the ring
}

type udpSlot struct {
	stamp
	number int64
	crc    uint32
	state  slotState
}

type slotState uint8

const (
	slotGone    slotState = iota // its place has been taken, or it never was
	slotWaiting                  // sent
	slotLost                     // given up
	slotDone                     // answered
)

const (
	windowLeast = 256
	windowMost  = 1 << 20
)

func (w *udpWindow) slot(i int64) *udpSlot { return &w.ring[i&int64(len(w.ring)-1)] }

// put enters the next message. True: the oldest had to be given up for it.
func (w *udpWindow) put(i int64, s stamp, crc uint32) (lost bool) {
	if w.next-w.oldest == int64(len(w.ring)) {
		if len(w.ring) < windowMost {
			w.grow()
		} else {
			lost = true
			w.open.Add(-1)
			w.slot(w.oldest).state = slotLost
			w.advance()
		}
	}
	p := w.slot(i)
	if p.crc != 0 && w.byCRC[p.crc] == p.number {
		delete(w.byCRC, p.crc)
	}
	*p = udpSlot{s, i, crc, slotWaiting}
	if crc != 0 {
		w.byCRC[crc] = i
	}
	w.next = i + 1
	w.open.Add(1)
	return lost
}

func (w *udpWindow) grow() {
	old := w.ring
	w.ring = make([]udpSlot, max(windowLeast, 2*len(old)))
	for i := range old {
		if p := &old[i]; p.state != slotGone {
			*w.slot(p.number) = *p
		}
	}
}

// advance moves on to the oldest message that is waited for.
func (w *udpWindow) advance() {
	for w.oldest < w.next && w.slot(w.oldest).state != slotWaiting {
		w.oldest++
	}
}

// waiting returns the oldest message that is waited for.
func (w *udpWindow) waiting() (stamp, bool) {
	if w.oldest == w.next {
		return stamp{}, false
	}
	return w.slot(w.oldest).stamp, true
}

// expire gives up what was sent before, ns since the start, and returns how many.
func (w *udpWindow) expire(before int64) (n int64) {
	for w.oldest < w.next && w.slot(w.oldest).sent <= before {
		w.slot(w.oldest).state = slotLost
		n++
		w.advance()
	}
	w.open.Add(-n)
	return n
}

// settle enters a reply and returns what the message was before it.
func (w *udpWindow) settle(i int64) (stamp, slotState) {
	p := w.slot(i)
	if p.number != i {
		return stamp{}, slotGone
	}
	was := p.state
	if was == slotWaiting {
		w.open.Add(-1)
	}
	if was != slotGone {
		p.state = slotDone
		w.advance()
	}
	return p.stamp, was
}
