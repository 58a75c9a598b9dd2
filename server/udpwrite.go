package server

import (
	"errors"
	"net"
	"time"

	"github.com/loadframe/loadframe/internal/udpsocket"
)

// together is how many datagrams of size bytes one write takes.
func together(size int) int { return max(1, min(udpsocket.MaxSegments, udpsocket.MaxSegmented/size)) }

// write sends b as datagrams of size bytes, the last one shorter: at most
// together(size) of them.
func (t *udpTransfer) write(b []byte, size int) error {
	if !t.trusted {
		if err := t.afford(len(b)); err != nil {
			return err
		}
	}
	for len(b) > 0 {
		n := min(size, len(b))
		var control []byte
		if t.segment && len(b) > n {
			n, control = len(b), t.controlFor(size)
		}
		err := t.try(b[:n], control)
		if err != nil && control != nil {
			// The path's datagrams are shorter, or the device cannot do it.
			t.segment = false
			continue
		}
		if err != nil {
			return err
		}
		count := int64((n + size - 1) / size)
		t.datagrams, t.bytes = t.datagrams+count, t.bytes+int64(n)
		t.loop.count.Writes.Add(1)
		t.loop.count.Out.Add(count)
		t.loop.count.BytesOut.Add(int64(n))
		b = b[n:]
	}
	return nil
}

// afford waits until the address's budget has n bytes.
func (t *udpTransfer) afford(n int) error {
	for {
		wait := t.loop.service.budget.take(t.peer.Addr(), n, time.Now())
		if wait == 0 {
			return nil
		}
		if err := t.sleep(wait); err != nil {
			return err
		}
	}
}

// try writes, and once more if there was an error: it may have been another
// peer's, which the kernel tells whoever writes next.
func (t *udpTransfer) try(b, control []byte) error {
	var err error
	for range 3 {
		select {
		case <-t.stopped:
			return errUDPStopped
		default:
		}
		if _, _, err = t.loop.conn.WriteMsgUDPAddrPort(b, control, t.peer); err == nil || errors.Is(err, net.ErrClosed) {
			return err
		}
		unreachable(t.loop.conn, t.loop.service.transfers.unreachable)
	}
	return err
}

func (t *udpTransfer) controlFor(size int) []byte {
	if t.cut != size {
		t.control, t.cut = udpsocket.SegmentControl(size), size
	}
	return t.control
}
