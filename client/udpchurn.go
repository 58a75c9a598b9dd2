package client

import (
	"errors"
	"fmt"
	"net"
	"os"

	"github.com/loadframe/loadframe/internal/datagram"
	"github.com/loadframe/loadframe/internal/udpsocket"
)

// udpChurner asks each echo from a new socket, and so from a new port: what
// every box on the path that remembers flows has to make an entry for. Nothing
// is asked before, and a reply that has not come after LostAfter is lost.
type udpChurner struct {
	*churner
	out []byte
}

func resolveUDPChurn(c *Config) error {
	if err := notPaced(c, Churn); err != nil {
		return err
	}
	return c.resolveUDPSize(defaultMessage, 0)
}

func prepareUDPChurner(w *worker) func() error {
	c := &udpChurner{churner: newChurner(w)}
	c.one, c.in = c.ask, make([]byte, datagram.HeaderLen+w.cfg.Size+1) // a byte too many shows
	return c.drive
}

func (c *udpChurner) drive() error {
	if err := c.churner.drive(); err != nil || c.bad != nil {
		return err
	}
	if n := c.count.sent.Load(); n > 0 && c.count.messages.Load() == 0 {
		return fmt.Errorf("none of %d datagrams was answered within %v: %w", n, c.cfg.LostAfter, errStalled)
	}
	return nil
}

// ask makes a socket, sends one datagram from it, and takes its reply.
func (c *udpChurner) ask(at stamp) error {
	nc, err := c.socket()
	if err != nil {
		return err
	}
	add(&c.count.connections, 1)
	connected := c.clock.now()
	size := c.cfg.Size
	h := datagram.Header{Kind: datagram.Echo, Run: newRun(), Sequence: uint64(c.done), Offset: uint64(c.done * int64(size)), Total: uint64(size), Sent: c.wall(connected)}
	c.out = appendContent(h.Append(c.out[:0]), c.content, int64(h.Offset), size)
	if err := nc.SetReadDeadline(c.clock.start.Add(connected + c.cfg.LostAfter)); err != nil {
		return err
	}
	if _, err := nc.Write(c.out); err != nil {
		return udpError(err, nc)
	}
	add(&c.count.writes, 1) // no sign of life, as a write is to a stream
	add(&c.count.sent, 1)
	for {
		n, err := c.Read(c.in)
		now := c.clock.now()
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded) && now >= connected+c.cfg.LostAfter && !c.now.ended():
			add(&c.count.lost, 1)
			return nil
		case err != nil:
			return udpError(err, nc)
		}
		if c.reply(h, c.in[:n]) {
			c.mu.Lock()
			c.record.record(timing{response: int64(now) - at.due, service: int64(now) - at.sent, lag: at.lag, up: int64(connected) - at.sent})
			add(&c.count.messages, 1)
			add(&c.count.payload, int64(size))
			c.mu.Unlock()
			return nil
		}
		if c.bad != nil || c.refused != nil {
			return c.refused
		}
	}
}

func (c *udpChurner) socket() (*net.UDPConn, error) {
	d, err := c.cfg.Socket.dialer(c.cfg, c.id)
	if err != nil {
		return nil, err
	}
	nc, err := d.DialContext(c.ctx, c.cfg.Network, c.cfg.Addr)
	if err != nil {
		if c.ctx.Err() != nil {
			err = os.ErrDeadlineExceeded // the run has ended, or we have stalled
		}
		return nil, err
	}
	if !c.now.set(nc) {
		return nil, os.ErrDeadlineExceeded
	}
	if u := nc.(*net.UDPConn); c.done == 0 {
		c.pieces = fragments(c.cfg, u.RemoteAddr(), udpsocket.PathMTU(u))
	}
	return nc.(*net.UDPConn), nil
}

// reply verifies a datagram and tells whether it is the reply to what h began.
func (c *udpChurner) reply(h datagram.Header, in []byte) bool {
	got, payload, err := datagram.Parse(in)
	switch {
	case err != nil:
		return c.mismatch(in, fmt.Errorf("verify: %w", err))
	case got.Run != h.Run:
		return false // to one who had the port before
	case got != h:
		return c.mismatch(nil, fmt.Errorf("verify: a reply of kind %d to message %d, expected kind %d and message %d", got.Kind, got.Sequence, h.Kind, h.Sequence))
	case c.cfg.Verify != VerifyNone && len(payload) != c.cfg.Size:
		return c.mismatch(nil, fmt.Errorf("verify: reply %d has %d bytes, expected %d", h.Sequence, len(payload), c.cfg.Size))
	}
	return c.cfg.Verify != VerifyFull || c.check(int64(h.Offset), payload)
}
