package client

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/datagram"
	"github.com/loadframe/loadframe/internal/preface"
	"github.com/loadframe/loadframe/internal/udpsocket"
)

// session is a connection that is ready for the workload, with the limits that
// the server told.
type session struct {
	nc          net.Conn
	frame       int   // payload bytes of the frames of a pull
	maxFrame    int64 // 0: not told
	maxTransfer int64
	connected   time.Time // before the session was opened

	udp   *udpsocket.Socket // over UDP, with what follows
	run   uint64
	token [datagram.TokenLen]byte
	clock ClockOffset
}

// dial connects and, unless the run is plain, opens a session. Its callers say
// whose error it is.
func dial(ctx context.Context, c *Config, cod codec.Codec, i int) (s session, err error) {
	d, err := c.Socket.dialer(c, i)
	if err != nil {
		return s, err
	}
	if s.nc, err = d.DialContext(ctx, c.Network, c.Addr); err != nil {
		return s, err
	}
	s.frame, s.connected = c.Size, time.Now()
	if tcp, ok := s.nc.(*net.TCPConn); ok && c.Nagle {
		if err := tcp.SetNoDelay(false); err != nil {
			s.nc.Close()
			return s, err
		}
	}
	if c.Plain && !c.udp() {
		return s, nil
	}
	defer context.AfterFunc(ctx, func() { _ = s.nc.SetDeadline(time.Unix(1, 0)) })()
	if c.udp() {
		err = s.openUDP(ctx, c, i)
	} else {
		err = s.open(c, cod, i)
	}
	if err != nil {
		s.nc.Close()
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
	}
	return s, err
}

func (s *session) open(c *Config, cod codec.Codec, i int) error {
	o := preface.Opening{Framing: cod.String(), Handler: c.Handler}
	if c.workload != nil && c.workload.open != nil { // a dialog has none
		w := c.workload.open(c, i)
		o.Handler, o.Params = cmp.Or(w.handler, c.Handler), w.params
	}
	if c.Instance != "" {
		o.Params = append(o.Params, preface.Param{Key: "instance", Value: c.Instance})
	}
	if err := s.nc.SetDeadline(time.Now().Add(c.Timeout)); err != nil {
		return err
	}
	if _, err := s.nc.Write([]byte(o.String())); err != nil {
		return err
	}
	answer, err := s.readLine(c.Timeout)
	if err != nil {
		return err
	}
	ps, err := preface.ParseAnswer(answer)
	if err != nil {
		return err
	}
	for _, p := range ps {
		n, err := strconv.ParseUint(p.Value, 10, 63)
		if err != nil {
			continue // a newer server tells more than we know
		}
		switch p.Key {
		case "max_frame":
			s.maxFrame = int64(n)
		case "max_transfer":
			s.maxTransfer = int64(n)
		}
	}
	if codec.Delimits(cod) && s.maxFrame > 0 && int64(c.sizes.max) > s.maxFrame {
		if c.workload == nil || !c.workload.bulk || !c.anySize || c.exact {
			return fmt.Errorf("size %d is over the server's limit of %d bytes a frame", c.sizes.max, s.maxFrame)
		}
		s.frame = int(s.maxFrame)
	}
	if o.Handler == "generate" && c.exact && s.maxTransfer > 0 && int64(c.Size) > s.maxTransfer {
		return fmt.Errorf("size %d is over the server's limit of %d bytes a transfer", c.Size, s.maxTransfer)
	}
	return s.nc.SetDeadline(time.Time{})
}

// readLine reads the server's answer, for which the connection's deadline gives it
// timeout. Nothing follows it before we ask, so nothing is read beyond it.
func (s *session) readLine(timeout time.Duration) ([]byte, error) {
	buf := make([]byte, 0, preface.MaxLine)
	for {
		n, err := s.nc.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if end := bytes.IndexByte(buf, '\n'); end >= 0 {
			return buf[:end], nil
		}
		within := ""
		if errors.Is(err, os.ErrDeadlineExceeded) {
			within, err = fmt.Sprintf(" within %v", timeout), errStalled
		}
		if err != nil {
			return nil, fmt.Errorf("no answer to the preface from %s%s: %w (a server with a fixed framing takes none: plain mode sends none)", s.nc.RemoteAddr(), within, err)
		}
		if len(buf) == cap(buf) {
			return nil, fmt.Errorf("%s answered the preface with %.64q..., no line of %d bytes or less", s.nc.RemoteAddr(), buf, preface.MaxLine)
		}
	}
}
