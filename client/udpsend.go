package client

import (
	"hash/crc32"
	"time"

	"github.com/loadframe/loadframe/internal/datagram"
	"github.com/loadframe/loadframe/internal/udpsocket"
)

func (x *udpExchanger) sendAll(quit <-chan struct{}) (err error) {
	for err == nil {
		n, more := x.allowed()
		if n > 0 {
			err = x.send(n)
			continue
		}
		if !more {
			if x.window.open.Load() < int64(x.cfg.Depth) {
				x.behind = x.lateness(x.cursor, x.next, 0)
			}
			break
		}
		select {
		case <-x.gate.wake:
		case <-quit:
			return nil
		}
	}
	x.finish()
	if err != nil || x.window.open.Load() == 0 {
		_ = x.session.nc.SetReadDeadline(time.Unix(1, 0)) // the reader waits for nothing
	}
	return err
}

// allowed returns how many messages may be sent now, and, if none, whether
// there will be more.
func (x *udpExchanger) allowed() (n int64, more bool) {
	if x.next == x.bound || x.payload >= x.byteBound {
		return 0, false
	}
	end, now := x.clock.end, x.clock.now()
	free := int64(x.cfg.Depth) - x.window.open.Load()
	if x.cursor == nil {
		if end > 0 && now >= end {
			return 0, false
		}
		return max(0, min(free, x.bound-x.next)), true
	}
	closed := x.gate.closed.Load() // before due: it is the last to change
	due := x.gate.due.Load() - x.next
	if due == 0 {
		return 0, !closed
	}
	if end > 0 && now >= end+catchUp {
		return 0, false
	}
	return max(0, min(free, due)), true
}

// send sends up to n messages with one call. They count as sent when it begins.
func (x *udpExchanger) send(n int64) error {
	now := int64(x.clock.now())
	wall := x.clock.start.UnixNano() + now
	first, size := x.next, 0
	x.out = x.out[:0]
	x.mu.Lock()
	for ; x.next < first+min(n, x.batch) && len(x.out)+size <= udpsocket.MaxSegmented; x.next++ {
		at := len(x.out)
		x.out = x.message(x.out, x.next, wall)
		size = len(x.out) - at
		s := stamp{due: now, sent: now}
		if x.cursor != nil {
			due, _ := x.cursor.Due(int64(x.id) + x.next*int64(x.cfg.Conns))
			s.due, s.lag = int64(due), now-int64(due)
		}
		crc := uint32(0)
		if x.cfg.Workload == Ack {
			crc = crc32.Checksum(x.out[at:], castagnoli)
		}
		if x.window.put(x.next, s, crc) {
			add(&x.count.lost, 1)
		}
	}
	x.mu.Unlock()
	x.count.sent.Store(x.next)
	return x.sendUDP(x.out, size)
}

// message appends message i: a header, and the content from i strides on.
func (x *udpExchanger) message(dst []byte, i, wall int64) []byte {
	size := x.cfg.sizes.at(i)
	x.payload += int64(size)
	h := datagram.Header{Kind: datagram.Echo, Run: x.session.run, Sequence: uint64(i), Offset: uint64(i * x.stride), Total: uint64(size), Sent: wall}
	return appendContent(h.Append(dst), x.content, i*x.stride, size)
}
