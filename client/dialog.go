package client

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"github.com/loadframe/loadframe/codec"
)

// DialogConfig says with which command handler to talk. The zero value of a
// field is its default.
type DialogConfig struct {
	Network string        // "tcp", "tcp4", "tcp6"; "" is tcp
	Addr    string        // host:port
	Framing string        // of the session; must delimit; "" is u32
	Plain   bool          // no session: text, as servers in the field speak it
	Timeout time.Duration // for connecting, and for any wait without progress; 0: 10 s
}

// Dialog is a conversation with a server's command handler, one command at a
// time. One goroutine at a time may use it.
//
// In a session every answer is a frame, and a file or a stream is as many as it
// takes. Plain there are no frames: an answer ends with the connection or with
// a moment of silence, and where the server closes after each answer, the next
// command has a connection of its own.
//
// An error that is no [Refused] leaves a session out of step, and ends it.
type Dialog struct {
	cfg      DialogConfig
	codec    codec.Codec
	nc       net.Conn      // nil: none yet, or closed by the server; plain only
	frames   *codec.Reader // nil: plain
	text     *bufio.Reader // plain
	out      []byte
	ctx      context.Context // of the present command
	patience time.Duration   // of the next read
	asked    time.Time       // when the command was sent
}

// Refused is the error of a command that the server understood and answered with
// words instead of what was asked for. The dialog goes on.
type Refused struct{ Text []byte }

func (r *Refused) Error() string { return fmt.Sprintf("client: the server refuses: %.200q", r.Text) }

// silence is what ends an answer in plain text.
const silence = 200 * time.Millisecond

// maxAnswer bounds what is kept of an answer in plain text.
const maxAnswer = 4 << 20

// Resolve fills in the defaults and refuses a framing that cannot be used.
func (c DialogConfig) Resolve() (DialogConfig, error) {
	c.Network = cmp.Or(c.Network, "tcp")
	c.Framing = cmp.Or(c.Framing, "u32")
	c.Timeout = cmp.Or(c.Timeout, defaultTimeout)
	cod, err := codec.Parse(c.Framing)
	switch {
	case strings.HasPrefix(c.Network, "udp"):
		err = fmt.Errorf("client: network %s: a dialog is over tcp or a unix socket", c.Network)
	case err != nil || c.Plain:
	case !codec.Delimits(cod):
		err = fmt.Errorf("client: framing %s does not tell where an answer ends", cod)
	case codec.Once(cod):
		err = fmt.Errorf("client: framing %s carries one message a direction, and a dialog has many", cod)
	}
	return c, err
}

// OpenDialog connects, and opens a session unless c is plain.
func OpenDialog(ctx context.Context, c DialogConfig) (*Dialog, error) {
	c, err := c.Resolve()
	if err != nil {
		return nil, err
	}
	cod, err := codec.Parse(c.Framing)
	if err != nil {
		return nil, err
	}
	d := &Dialog{cfg: c, codec: cod}
	if err := d.dial(ctx); err != nil {
		return nil, err
	}
	return d, nil
}

func (d *Dialog) dial(ctx context.Context) error {
	c := Config{Network: d.cfg.Network, Addr: d.cfg.Addr, Handler: "command", Plain: d.cfg.Plain, Timeout: d.cfg.Timeout}
	s, err := dial(ctx, &c, d.codec, 0)
	if err != nil {
		return fmt.Errorf("client: %w", err)
	}
	d.nc = s.nc
	if d.cfg.Plain {
		d.text = bufio.NewReaderSize(patient{d}, codec.ReaderSize)
	} else {
		d.frames = codec.NewReader(patient{d}, d.codec)
	}
	return nil
}

// Close closes the connection, without a word to the server.
func (d *Dialog) Close() error {
	if d.nc == nil {
		return nil
	}
	err := d.nc.Close()
	d.nc = nil
	return err
}

// patient reads from the connection, and waits so long as is due.
type patient struct{ *Dialog }

func (p patient) Read(b []byte) (int, error) {
	if err := p.nc.SetDeadline(time.Now().Add(p.patience)); err != nil {
		return 0, err
	}
	if p.ctx.Err() != nil { // looked at behind the deadline: else it might undo what the end of ctx has set
		return 0, context.Cause(p.ctx)
	}
	return p.nc.Read(b)
}

// begin sends a command. The function that it returns ends the command.
func (d *Dialog) begin(ctx context.Context, line string) (end func(), err error) {
	d.ctx = ctx
	if d.cfg.Plain && d.nc != nil {
		d.settle()
	}
	d.patience = d.cfg.Timeout
	if d.nc == nil {
		if !d.cfg.Plain {
			return nil, errors.New("client: the session is over")
		}
		if err := d.dial(ctx); err != nil {
			return nil, err
		}
	}
	if d.cfg.Plain {
		d.out = append(append(d.out[:0], line...), '\n')
	} else if d.out, err = d.codec.Append(d.out[:0], []byte(line)); err != nil {
		return nil, &Refused{[]byte(err.Error())} // nothing was sent
	}
	if err := d.nc.SetDeadline(time.Now().Add(d.cfg.Timeout)); err != nil {
		return nil, d.fail(err)
	}
	d.asked = time.Now()
	if _, err := d.nc.Write(d.out); err != nil {
		return nil, d.fail(err)
	}
	nc := d.nc
	stop := context.AfterFunc(ctx, func() { _ = nc.SetDeadline(time.Unix(1, 0)) })
	return func() { stop() }, nil
}

// settle throws away what came behind the last answer, and closes if that was
// the end: older servers take one command a connection.
func (d *Dialog) settle() {
	d.patience = 5 * time.Millisecond
	for {
		_, err := d.text.Peek(1)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return
		}
		if err != nil {
			_ = d.Close()
			return
		}
		_, _ = d.text.Discard(d.text.Buffered())
	}
}

// fail closes the dialog and says why.
func (d *Dialog) fail(err error) error {
	waited := d.patience
	_ = d.Close()
	switch {
	case d.ctx.Err() != nil:
		return context.Cause(d.ctx)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("client: %s has said nothing for %v", d.cfg.Addr, waited)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("client: %s closed the connection", d.cfg.Addr)
	}
	return fmt.Errorf("client: %w", err)
}
